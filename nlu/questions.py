"""Files of questions with the rule that answers each: JSON lines, ``rule`` null when none does."""
from __future__ import annotations

import json
import logging
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from rules.locations import Locations

log = logging.getLogger(__name__)
_FOREIGN = "out_of_scope"


class QuestionsError(ValueError):
    """A questions file that can't be used; the message names file and line."""


@dataclass(frozen=True)
class Question:
    """``rule`` is the id of the right rule, or None when no rule answers it; ``foreign`` is true where it is known
    that it isn't even about the office (``"kind": "out_of_scope"``)."""

    text: str
    rule: str | None
    foreign: bool = False


def read_questions(path: Path) -> list[Question]:
    """Read ``{"question": "...", "rule": "id" or null}`` lines; blank lines are skipped, and other keys but
    ``kind``, which may say that a message is foreign.

    Raises:
        QuestionsError: no such file, a line that is not such an object, or no question at all.
    """
    try:
        # Not splitlines: a question may hold other line separators (U+2028), which JSON allows.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(f"{path}: no se puede leer ({error}). Da un archivo JSON Lines en UTF-8") from error
    questions = [_question(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not questions:
        raise QuestionsError(f"{path}: no tiene ninguna pregunta")
    return questions


def _question(line: str, where: str) -> Question:
    hint = 'Escribe {"question": "...", "rule": "id"} o "rule": null'
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise QuestionsError(f"{where}: no es JSON ({error.msg}). {hint}") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, thousands of brackets
        raise QuestionsError(f"{where}: no es una pregunta con su regla. {hint}") from error
    text = entry.get("question") if isinstance(entry, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise QuestionsError(f"{where}: falta «question» con texto. {hint}")
    if "rule" not in entry:
        raise QuestionsError(f"{where}: falta «rule». {hint}")
    rule = entry["rule"]
    if rule is not None and (not isinstance(rule, str) or not rule.strip()):
        raise QuestionsError(f"{where}: «rule» es un id o null. {hint}")
    return Question(text, rule, foreign=entry.get("kind") == _FOREIGN)


def read_judged(places: Locations, rules: Container[str]) -> list[Question]:
    """The turns that the office judged, as :func:`of_book` leaves them; none where the office keeps none.

    Raises:
        QuestionsError: its file can't be read.
    """
    if not places.judged_turns.is_file():
        return []
    # An office that names no file of its own reads the repository's: that they aren't its own is no news to it.
    named = places.judged_turns != Locations.from_environment({}).judged_turns
    return of_book(read_questions(places.judged_turns), rules, places.judged_turns if named else None)


def of_book(questions: Iterable[Question], rules: Container[str], path: Path | None = None) -> list[Question]:
    """The questions that count for a book whose rules' ids are ``rules``: those whose rule it has, and those of
    no rule. None when it lacks most of the rules that they name: they are another office's, which is logged
    when ``path`` says of which file.
    """
    asked = list(questions)
    named = {question.rule for question in asked if question.rule is not None}
    unknown = {rule for rule in named if rule not in rules}
    if 2 * len(unknown) <= len(named):
        return [question for question in asked if question.rule not in unknown]
    if path is not None:
        log.warning(
            "%s: es de otra oficina (el libro no tiene %d de las %d reglas que nombra); no se usa. Los turnos de la tuya "
            "se dan con CSE_JUDGED_TURNS", path, len(unknown), len(named),
        )  # fmt: skip
    return []


def read_messages(path: Path) -> list[str]:
    """Lines of plain text; blank lines and lines that start with # are skipped.

    Raises:
        QuestionsError: no such file, or not text in UTF-8.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(f"{path}: no se puede leer ({error}). Guárdalo como texto en UTF-8") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def read_outside(places: Locations) -> list[str]:
    """The messages that no office answers; none where the office keeps none.

    Raises:
        QuestionsError: its file can't be read.
    """
    return read_messages(places.out_of_scope) if places.out_of_scope.is_file() else []


def as_rasa_examples(questions: list[Question], inside: str = "faq", outside: str = "consulta_abierta") -> str:
    """The questions as Rasa NLU YAML, for ``rasa test nlu``; ``inside``/``outside`` are intents."""
    by_intent: dict[str, list[str]] = {}
    for question in questions:
        intent = outside if question.rule is None else f"{inside}/{question.rule}"
        by_intent.setdefault(intent, []).append(" ".join(question.text.split()))
    content = {
        "version": "3.1",
        "nlu": [
            {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
            for intent, texts in by_intent.items()
        ],
    }
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
