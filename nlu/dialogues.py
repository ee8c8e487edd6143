"""Dialogues with what each turn should get."""
from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLLOW_UP = "follow_up"
_HINT = 'Escribe {"id": "...", "turns": [{"user", "type", "rules", "must", "kinds"}]}'


class DialoguesError(ValueError):
    """A dialogues file that can't be used; the message names file and line."""


@dataclass(frozen=True)
class Expected:
    """One turn: what the student says and what would be right.

    ``type``: opening, follow_up, topic_change, out_of_scope, no_topic or small_talk. Right is an answer of one of
    ``rules``, one that holds an alternative of each group of ``must``, or a kind of ``kinds`` without a rule.
    """

    message: str
    type: str
    rules: tuple[str, ...]
    must: tuple[tuple[str, ...], ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Dialogue:
    """Turns of one conversation, in order."""

    id: str
    turns: tuple[Expected, ...]


def read_dialogues(path: Path) -> list[Dialogue]:
    """Read one dialogue a line.

    Raises:
        DialoguesError: no such file, a line that is no dialogue, or no dialogue at all.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DialoguesError(f"{path}: no se puede leer ({error}). Da un archivo JSON Lines en UTF-8") from error
    read = [_dialogue(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not read:
        raise DialoguesError(f"{path}: no tiene ningún diálogo")
    return read


def _dialogue(line: str, where: str) -> Dialogue:
    try:
        entry = json.loads(line)
        turns = tuple(
            Expected(t["user"], t["type"], tuple(t["rules"]), tuple(map(tuple, t["must"])), tuple(t["kinds"]))
            for t in entry["turns"]
        )
        dialogue = Dialogue(entry["id"], turns)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise DialoguesError(f"{where}: no es un diálogo ({error!r}). {_HINT}") from error
    if not turns or not all(isinstance(turn.message, str) for turn in turns):
        raise DialoguesError(f"{where}: el diálogo no tiene turnos con texto en «user». {_HINT}")
    return dialogue


def refuse_unknown_rules(dialogues: Iterable[Dialogue], known: Iterable[str], path: Path) -> None:
    """Refuse dialogues, read from ``path``, that expect rules which are not ``known``.

    Raises:
        DialoguesError: with their ids.
    """
    unknown = {rule for dialogue in dialogues for turn in dialogue.turns for rule in turn.rules} - set(known)
    if unknown:
        raise DialoguesError(f"{path}: el libro no tiene estas reglas de los diálogos: {', '.join(sorted(unknown))}")
