"""How fast this project's model trains and writes, beside transformers + peft and llama.cpp on the same weights.

Each runner is a process of its own with two threads; they take turns, so that a busy minute hits all
of them alike, and the table gives medians and how many times faster than the peer at float32 each is.
"""
from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

from llm.export.peer import PEER_PYTHON, PeerError
from llm.export.proof import agreement
from llm.pairs import read_pairs
from llm.weights import describe, whole_folder
from rules.locations import ROOT

STEP, DECODE = KINDS = ("step", "decode")
ROWS, LENGTH, REPLY = 4, 192, 64  # of a training step: its rows, their tokens, those that are learned
PROMPT, NEW = 200, 56  # tokens of a written answer
PEER = "transformers + peft, float32"
ROUNDS = 5
_THREADS = {"OMP_NUM_THREADS": "2", "TF_NUM_INTRAOP_THREADS": "2", "TF_NUM_INTEROP_THREADS": "1"}
_WORK = "work.json"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Runner:
    """A name for the table and the command that times itself on a work file."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """Median seconds of a runner, ``first`` of them until the first token, the ``ratio`` of the peer's
    seconds to these, and what it ``made`` at first: a loss, or a text beside the peer's."""

    name: str
    seconds: float
    first: float | None
    ratio: float
    made: str


def runners(kind: str, gguf: Path | None) -> list[Runner]:
    """Who takes part: KerasHub whole and cropped, the peer, and llama.cpp when there is a file for it."""
    mine = (sys.executable, "-m", "llm.peer_worker", kind)
    torch = (str(PEER_PYTHON), "-m", "llm.peer.torch_worker", kind, str(whole_folder()))
    found = [
        Runner(PEER, (*torch, "float32")),
        Runner("KerasHub, float32", (*mine, "whole", "float32")),
        Runner("KerasHub, recortado, float32", (*mine, "cropped", "float32")),
        Runner("KerasHub, recortado, bfloat16", (*mine, "cropped", "bfloat16")),
    ]
    if kind == DECODE:
        found.append(Runner("transformers, bfloat16", (*torch, "bfloat16")))
    if gguf and kind == DECODE:
        found.append(Runner(f"llama.cpp, {gguf.name}", (str(PEER_PYTHON), "-m", "llm.peer.llama_worker", str(gguf.absolute()))))
    return found


def measure(kind: str, gguf: Path | None, rounds: int = ROUNDS, say: Say = print) -> list[Row]:
    """The rows of one kind of work (STEP or DECODE), the peer's first.

    Their memory adds up to some 12 GB. Raises PeerError (a runner failed, no .venv-peer) and
    WeightsError (no weights).
    """
    if not PEER_PYTHON.is_file():
        raise PeerError("Falta el entorno .venv-peer: haz «make peer».")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        work = Path(folder) / _WORK
        work.write_text(json.dumps(workload()), "utf-8")
        ready = []
        for runner in runners(kind, gguf):
            say(f"Preparo {runner.name}…")
            ready.append((runner.name, stack.enter_context(Worker(runner, work))))
        turns = [{name: worker.run() for name, worker in ready} for _ in range(rounds)]
        made = {name: worker.made for name, worker in ready}
    return _table(turns, made)


def workload() -> dict[str, Any]:
    """Token ids of real training text: ``rows`` (ROWS × LENGTH) for a step, of which the last REPLY are
    learned, and a ``prompt`` of PROMPT to continue with ``new``; each for the whole vocabulary and the cropped one."""
    from llm.vocabulary import read_ids

    describe()  # says how to get the weights when they aren't there
    tokens = _spanish(ROWS * LENGTH + PROMPT)
    place = {index: position for position, index in enumerate(read_ids())}
    work: dict[str, Any] = {"reply": REPLY, "new": NEW}
    for name, ids in (("whole", tokens), ("cropped", [place[token] for token in tokens])):
        rows = [ids[start : start + LENGTH] for start in range(0, ROWS * LENGTH, LENGTH)]
        work[name] = {"rows": rows, "prompt": ids[-PROMPT:]}
    return work


def _spanish(count: int) -> list[int]:
    """The first ``count`` tokens of the training answers that the cropped vocabulary has too."""
    from sentencepiece import SentencePieceProcessor

    from llm.vocabulary import read_ids

    kept = frozenset(read_ids())
    encode = SentencePieceProcessor(model_file=str(whole_folder() / "tokenizer.model")).encode
    answers = (pair.answer for pair in read_pairs(ROOT / "data/pairs/train.jsonl"))
    tokens = [token for answer in answers for token in encode(f" {answer}") if token in kept]
    return tokens[:count]


class Worker:
    """A runner's process, warmed up (``made``: a loss, tokens or a text): each :meth:`run` does its work once."""

    def __init__(self, runner: Runner, work: Path) -> None:
        self._name = runner.name
        self._errors = (work.parent / f"{abs(hash(runner.name))}.log").open("w+")
        self._process = subprocess.Popen(
            [*runner.command, str(work)], cwd=ROOT, env=os.environ | _THREADS, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
        )  # fmt: skip
        self.made = self._read()["made"]

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._errors.close()

    def run(self) -> dict[str, Any]:
        """``seconds``, ``made`` and perhaps ``first``.

        Raises PeerError when the process died.
        """
        pipe = cast(TextIO, self._process.stdin)
        pipe.write("\n")
        pipe.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        for line in cast(TextIO, self._process.stdout):
            if line.startswith("{"):
                return dict(json.loads(line))
        self._errors.seek(0)
        raise PeerError(f"{self._name} falló: {' | '.join(self._errors.read().splitlines()[-3:])}")


def _table(turns: Sequence[dict[str, dict[str, Any]]], made: dict[str, Any]) -> list[Row]:
    medians = {name: statistics.median(turn[name]["seconds"] for turn in turns) for name in turns[0]}
    return [
        Row(name, seconds, _first(turns, name), medians[PEER] / seconds, _told(made[name], made[PEER]))
        for name, seconds in medians.items()
    ]


def _first(turns: Sequence[dict[str, dict[str, Any]]], name: str) -> float | None:
    times = [turn[name]["first"] for turn in turns if turn[name].get("first")]
    return statistics.median(times) if times else None


def _told(made: Any, wanted: Any) -> str:
    """A loss as it is; a text by how far it is the peer's."""
    if isinstance(made, float):
        return f"pérdida {made:.4f}"
    ours, theirs = _text(made), _text(wanted)
    found = agreement(theirs, ours)
    return "mismo texto" if found.whole else f"mismo texto hasta la letra {found.same} de {len(theirs)}"


def _text(made: list[int] | str) -> str:
    from sentencepiece import SentencePieceProcessor

    reader: Any = SentencePieceProcessor(model_file=str(whole_folder() / "tokenizer.model"))
    return made if isinstance(made, str) else str(reader.decode(made))


def print_table(kind: str, rows: Sequence[Row]) -> None:
    """The rows as text, with how busy the machine was."""
    title = f"Paso de LoRA, {ROWS} × {LENGTH}" if kind == STEP else f"Escribir {NEW} tokens tras {PROMPT}"
    print(f"{title}; mediana de turnos alternados, 2 hilos; carga {os.getloadavg()[0]:.1f}")
    print(f"{'':<34} {'s':>7} {'1er token':>9} {'veces':>6}  resultado")
    for row in rows:
        first = f"{row.first:9.2f}" if row.first else f"{'':9}"
        print(f"{row.name:<34} {row.seconds:7.2f} {first} {row.ratio:6.2f}  {row.made}")
