"""The systems side by side: what each shows its model, and what it makes of the model's reply."""
from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import cached_property

from llm.assistant import Assistant
from llm.backends import Answer, Task
from llm.evaluation.cases import Case
from llm.evaluation.facts import names_in
from llm.evaluation.scorer import Reply, declines
from llm.grounded import Grounded
from llm.prompt import ANSWERS, END, REFUSAL, Prompt, build_prompt, excerpt_of, read_verdict
from llm.quoter import Quoter
from llm.quoting import LIMIT
from llm.relevance import Relevant
from llm.writer import Writer, WriterError
from nlu.decision import Decider
from nlu.payload import KIND_GENERATED, KIND_NO_ANSWER
from rules.facts import Documents, load_documents
from rules.locations import Locations
from rules.office import Office

BARE, UNREAD, TUNED = "base", "sin_pasajes", "afinado"  # models: no adapter, one for bare questions, the shipped one
_NO_DEADLINE = 3600.0  # s; a replayed reply takes no time


@dataclass(frozen=True)
class System:
    """``model`` writes (None: nobody), over the ``passages`` found or the question alone; what it
    writes is taken as it is or, if ``checked``, as the service ships it."""

    name: str
    title: str
    model: str | None
    passages: bool
    checked: bool


SYSTEMS = (
    System("base", "base model", BARE, passages=False, checked=False),
    System("lora", "LoRA without retrieval", UNREAD, passages=False, checked=False),
    System("retrieval", "retrieval without LoRA", BARE, passages=True, checked=False),
    System("retrieval+lora", "retrieval + LoRA", TUNED, passages=True, checked=False),
    System("shipped", "retrieval + LoRA + ground check", TUNED, passages=True, checked=True),
    System("quoting", "quoting", None, passages=True, checked=True),
)
BY_NAME = {system.name: system for system in SYSTEMS}


class ReplayError(RuntimeError):
    """The service asked its model for another prompt than the evaluation did."""


class Replay:
    """A :class:`llm.writer.Writer` that gives the replies written before, by prompt."""

    name = "replay"

    def __init__(self, replies: Mapping[str, str]) -> None:
        self._replies = replies
        self.missed: list[str] = []

    def ready(self) -> bool:
        """Always."""
        return True

    def fits(self, prompt: str) -> bool:
        """Whatever was written fitted."""
        return True

    def stream(self, prompt: str) -> Generator[str]:
        """The answer to ``prompt`` at once."""
        if prompt + ANSWERS not in self._replies:
            self.missed.append(prompt)
            raise WriterError("this prompt was not written")
        yield self._replies[prompt + ANSWERS]


class Desk:
    """The office's texts, with each case's task."""

    def __init__(self, decider: Decider, documents: Documents, office: Office) -> None:
        self._decider = decider
        self._parts = (decider.book, documents, office)
        self.quoting = Assistant(*self._parts, decider=decider)
        self._tasks: dict[str, Task] = {}

    @classmethod
    def load(cls, locations: Locations) -> Desk:
        """Read the files of ``locations``; see :meth:`llm.assistant.Assistant.load`."""
        decider = Decider.load(locations)
        return cls(decider, load_documents(locations.documents), decider.office)

    @cached_property
    def everything(self) -> tuple[str, ...]:
        """All documents and rules."""
        book, documents, _ = self._parts
        rules = tuple("\n".join((*rule.questions, rule.answer)) for rule in book.rules)
        return (*rules, *(passage.stated for passage in documents.passages))

    @cached_property
    def names(self) -> frozenset[str]:
        """The proper names that occur in the office's texts."""
        return names_in(self.everything)

    def task(self, case: Case) -> Task:
        """What retrieval finds for ``case``."""
        if case.id not in self._tasks:
            self._tasks[case.id] = self.quoting.task(case.messages)
        return self._tasks[case.id]

    def prompt(self, system: System, case: Case) -> Prompt:
        """What a ``system`` that isn't checked asks its model: about the most relevant passage."""
        task = self.task(case)
        if not (system.passages and task.relevant):
            return build_prompt(case.question, None, case.history)
        excerpt = excerpt_of(task.search, task.relevant.passage, self.quoting.index.grams)
        return build_prompt(task.question, excerpt, task.history if task.search != task.question else ())

    def assistant(self, system: System, writer: Writer | None) -> Assistant:
        """The service's own way to answer, with ``writer`` if ``system`` has a model."""
        return Assistant(*self._parts, writer if system.model else None, _NO_DEADLINE, self._decider)

    def to_write(self, system: System, cases: list[Case]) -> list[str]:
        """The prompts, with the opening of their reply where the service gives it, that the model continues."""
        if not system.checked:
            return [self.opened(system, case) for case in cases]
        backend = self.assistant(system, Replay({})).backend
        assert isinstance(backend, Grounded)
        tasks = [(self.task(case), self.answering(case)) for case in cases]
        prompts = [backend.prompt(task, best.passage) for task, best in tasks if best]
        return [prompt.text + ANSWERS for prompt in prompts if prompt]

    def opened(self, system: System, case: Case) -> str:
        """The prompt of a ``system`` that isn't checked, and the opening that the service gives the tuned model."""
        return self.prompt(system, case).text + (ANSWERS if system.model == TUNED else "")

    def answering(self, case: Case) -> Relevant | None:
        """The passage that the service answers from."""
        assert isinstance(self.quoting.backend, Quoter)
        return self.quoting.backend.answering(self.task(case))

    def replies(self, system: System, cases: list[Case], written: Mapping[str, str]) -> list[Reply]:
        """The answers of ``system``; ``written`` are its model's, by prompt.

        Raises:
            ReplayError: the service asks for what was not written.
        """
        if not system.checked:
            return [self._raw(system, case, self.prompt(system, case), written) for case in cases]
        replay = Replay(written)
        assistant = self.assistant(system, replay)
        replies = [self._shipped(case, assistant.answer(self.task(case))) for case in cases]
        if replay.missed:
            raise ReplayError(f"{system.name}: {len(replay.missed)} prompts differ from the service's own")
        return replies

    def _raw(self, system: System, case: Case, prompt: Prompt, written: Mapping[str, str]) -> Reply:
        """Given are whole passages, though the model saw an excerpt; without any, all texts of the office."""
        answers, text = read_verdict(written[self.opened(system, case)].partition(END)[0])
        text = text.strip()[:LIMIT]
        refuses = answers is False or declines(text)
        shown = prompt.excerpt.passage if prompt.excerpt else None
        given = (f"{shown.title}\n{shown.text}",) if shown else self.everything
        plain = answers is False or text.startswith(REFUSAL.rstrip("."))
        return Reply(
            text, KIND_NO_ANSWER if refuses else KIND_GENERATED, given,
            self._found(case) if system.passages else None, asserts=not plain,
        )  # fmt: skip

    def _shipped(self, case: Case, answer: Answer) -> Reply:
        """Given are the passage that is quoted, or the one in the prompt, and the office's own phrases."""
        _, _, office = self._parts
        best = self.answering(case) if answer.kind == KIND_GENERATED else None
        quoted = self.quoting.passage(answer.quoted_id) if answer.quoted_id else None
        passages = [best.passage] if best else [quoted] if quoted else []
        texts = (f"{passage.title}\n{passage.text}\n{passage.origin}" for passage in passages)
        notices = (scope.notice or "" for scope in office.scopes.values())
        own = (*office.declining, *office.where_to_ask.values(), *notices)
        plain = answer.kind == KIND_NO_ANSWER and answer.rule_id is None
        return Reply(answer.text, answer.kind, (*texts, *own), self._found(case), asserts=not plain)

    def _found(self, case: Case) -> tuple[frozenset[str], ...]:
        return tuple(hit.passage.facts for hit in self.task(case).hits)
