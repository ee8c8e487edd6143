"""Run the systems over the cases: one model after the other in memory, its replies and times kept on disk."""
from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from llm.cache import WeightsError
from llm.engine import Choice, Engine, load_engine
from llm.evaluation.cases import Case
from llm.evaluation.scorer import Verdict, judge
from llm.evaluation.systems import Desk, System
from llm.evaluation.timing import Alone, Seconds, typical, wait_for_answer, wait_for_text
from llm.evaluation.writing import ModelId, ReplyFile, write_missing
from llm.lora import MANIFEST


@dataclass(frozen=True)
class Result:
    """What became of one system."""

    system: System
    verdicts: tuple[Verdict, ...]
    seconds: Seconds | None


class Bench:
    """``cases`` for the systems of ``desk``; ``models`` says what each model name stands for. ``timed``
    questions, drawn with ``seed``, are asked one by one. Everything is kept in ``folder``."""

    def __init__(
        self, desk: Desk, cases: list[Case], models: dict[str, Choice], dtype: str, folder: Path, timed: int, seed: int
    ) -> None:
        self._desk = desk
        self._cases = cases
        self._models = models
        self._dtype = dtype
        self._folder = folder
        self._timed = random.Random(seed).sample(cases, min(timed, len(cases)))

    def results(self, systems: Sequence[System], skip: Callable[[str, WeightsError], None]) -> Iterator[Result]:
        """The results of ``systems``, those of one model together; ``skip`` is told of a model that is
        missing, whose systems are left out."""
        for model in dict.fromkeys(system.model for system in systems):
            group = [system for system in systems if system.model == model]
            try:
                written, seconds = self._work(model, group) if model else ({}, self._timed_quotations(group))
            except WeightsError as error:
                skip(", ".join(system.name for system in group), error)
                continue
            for system in group:
                yield Result(system, self._verdicts(system, written), seconds.get(system.name))

    def _work(self, model: str, systems: Sequence[System]) -> tuple[dict[str, str], dict[str, Seconds]]:
        """The replies of ``model`` to all prompts of ``systems``, and their times."""
        choice = self._models[model]
        if choice.adapter and not (choice.adapter / MANIFEST).is_file():
            raise WeightsError(f"No hay adaptador en {choice.adapter}. Entrénalo con «python -m llm train».")
        key = ModelId.of(choice, self._dtype).key
        loaded = _Lazily(lambda: load_engine(choice, self._dtype))
        kept = ReplyFile(self._folder / f"replies-{model}-{key}.jsonl")
        prompts = [prompt for system in systems for prompt in self._desk.to_write(system, self._cases)]
        write_missing(prompts, kept, lambda: loaded.engine.complete, model)
        times = _Times(self._folder / f"times-{model}-{key}.json")
        for system in systems:
            if self._timed and times.of(self._time_key(system)) is None:
                times.keep(self._time_key(system), self._time(system, loaded.engine))
        return kept.replies, {system.name: found for system in systems if (found := times.of(self._time_key(system)))}

    def _time_key(self, system: System) -> str:
        return f"{system.name} {' '.join(case.id for case in self._timed)}"

    def _time(self, system: System, engine: Engine) -> Seconds:
        """What ``system`` takes with ``engine``; a first question warms up and isn't counted."""
        writer = Alone(engine)
        if not system.checked:
            prompts = [self._desk.opened(system, case) for case in self._timed]
            asked = [engine.encode(prompt) for prompt in [*prompts[:1], *prompts]]
            return typical([wait_for_text(writer.continued(tokens)) for tokens in asked][1:])
        backend = self._desk.assistant(system, writer).backend
        tasks = [self._desk.task(case) for case in self._timed]
        return typical([wait_for_answer(backend.write(task)) for task in [*tasks[:1], *tasks]][1:])

    def _timed_quotations(self, systems: Sequence[System]) -> dict[str, Seconds]:
        backend = self._desk.quoting.backend
        waits = [wait_for_answer(backend.write(self._desk.task(case))) for case in self._timed]
        return {system.name: typical(waits) for system in systems} if waits else {}

    def _verdicts(self, system: System, written: dict[str, str]) -> tuple[Verdict, ...]:
        replies = self._desk.replies(system, self._cases, written)
        return tuple(judge(case, reply, self._desk.names) for case, reply in zip(self._cases, replies, strict=True))


class _Lazily:
    """An engine that is loaded when it is first needed."""

    def __init__(self, load: Callable[[], Engine]) -> None:
        self._load = load

    @cached_property
    def engine(self) -> Engine:
        return self._load()


class _Times:
    """Times by key in a JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, dict[str, float]] = json.loads(path.read_text("utf-8")) if path.is_file() else {}

    def of(self, key: str) -> Seconds | None:
        """The times kept under ``key``."""
        found = self._found.get(key)
        return Seconds(found["first"], found["whole"], int(found["questions"])) if found else None

    def keep(self, key: str, seconds: Seconds) -> None:
        """Add ``seconds`` under ``key``."""
        self._found[key] = asdict(seconds)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(self._found, indent=1), "utf-8")
        draft.replace(self._path)
