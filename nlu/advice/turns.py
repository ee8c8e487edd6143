"""Questions that students asked: judged ones, and those of the gateway's turn log."""
from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nlu.questions import Question, QuestionsError

_SQLITE = b"SQLite format 3\x00"
# The most frequent questions are enough, and keep the command quick.
MOST = 3000


@dataclass(frozen=True)
class AskedTurn:
    """A question, how often it was asked, and, where staff ``judged`` it, the rule that answers
    (None: no rule does)."""

    text: str
    count: int
    judged: bool
    rule: str | None = None


def judged_turns(questions: Iterable[Question]) -> list[AskedTurn]:
    """Judged questions as turns; the same question judged twice counts twice."""
    counted = Counter((question.text.strip(), question.rule) for question in questions)
    return [AskedTurn(text, count, True, rule) for (text, rule), count in counted.items()]


def read_log(path: Path) -> list[AskedTurn]:
    """The turns of the gateway's database, or of JSON lines with ``question`` (or ``message``) and,
    where judged, ``rule``; the ``MOST`` most frequent.

    Raises:
        QuestionsError: neither of them, or unreadable.
    """
    try:
        with path.open("rb") as stream:
            is_database = stream.read(len(_SQLITE)) == _SQLITE
        counted = _from_database(path) if is_database else _from_lines(path)
    except (OSError, UnicodeDecodeError, sqlite3.Error) as error:
        message = f"{path}: no se puede leer ({error}). Da la bitácora del portal (.sqlite3) o JSON Lines en UTF-8"
        raise QuestionsError(message) from error
    return [AskedTurn(text, count, judged, rule) for (text, judged, rule), count in counted.most_common(MOST)]


def _from_database(path: Path) -> Counter[tuple[str, bool, str | None]]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT message, COUNT(*) FROM turn GROUP BY message").fetchall()
    return Counter({(message.strip(), False, None): count for message, count in rows if message.strip()})


def _from_lines(path: Path) -> Counter[tuple[str, bool, str | None]]:
    counted: Counter[tuple[str, bool, str | None]] = Counter()
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
        if line.strip():
            counted[_turn(line, f"{path}:{number}")] += 1
    return counted


def _turn(line: str, where: str) -> tuple[str, bool, str | None]:
    hint = 'Escribe {"question": "..."} y, si alguien la juzgó, "rule": "id" o null'
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise QuestionsError(f"{where}: no es JSON ({error.msg}). {hint}") from error
    text = entry.get("question", entry.get("message")) if isinstance(entry, dict) else None
    if not isinstance(text, str):
        raise QuestionsError(f"{where}: falta «question» con texto. {hint}")
    rule = entry.get("rule")
    if rule is not None and not isinstance(rule, str):
        raise QuestionsError(f"{where}: «rule» es un id o null. {hint}")
    return text.strip(), "rule" in entry, rule
