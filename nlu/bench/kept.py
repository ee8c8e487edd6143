"""Answers that were paid for once: peers never change, so only ours is asked anew at every run."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from nlu.bench import peers
from nlu.bench.peers import Engine, flat
from nlu.bench.scoring import Answer
from nlu.calibration import write_atomically
from nlu.questions import Question
from nlu.text import normalize
from rules.book import RuleBook

_LIBRARIES = ("bm25s", "rapidfuzz", "scikit-learn")


def peer_answers(
    folder: Path, name: str, book: RuleBook, questions: Sequence[Question], ask: Callable[[], list[Answer]]
) -> list[Answer]:
    """What the peer ``name`` says to ``questions``: as kept in ``folder`` for the same code, libraries, book
    and questions, or else by ``ask``."""
    path = folder / f"{_key(name, book, questions)}.json"
    if not path.is_file():
        rows = [(answer.rule, answer.score) for answer in ask()]
        write_atomically(path, json.dumps(rows).encode())
    return [Answer(rule, score) for rule, score in json.loads(path.read_text(encoding="utf-8"))]


def _key(name: str, book: RuleBook, questions: Sequence[Question]) -> str:
    asked = [normalize(question.text) for question in questions]
    code = Path(str(peers.__file__)).read_text(encoding="utf-8")
    content = json.dumps([name, code, [version(library) for library in _LIBRARIES], flat(book), asked])
    return hashlib.sha256(content.encode()).hexdigest()[:24]


def answers(engine: Engine, questions: Sequence[Question]) -> list[Answer]:
    """Every question in order, one at a time."""
    return [engine.ask(question.text) for question in questions]
