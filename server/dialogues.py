"""Hold whole dialogues with the running system over HTTP: ``python -m server eval --dialogues FILE``."""
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from nlu.calibration import write_atomically
from nlu.dialogues import FOLLOW_UP, Dialogue, Expected, read_dialogues
from nlu.payload import KIND_NO_ANSWER, KIND_OFFICIAL
from nlu.text import fold
from rules.locations import ROOT

FAILURES = ROOT / ".run" / "results" / "dialogos.txt"
_TIMEOUT = 60.0


@dataclass(frozen=True)
class Heard:
    """A turn, what came back, and the answer to the turn before (empty at the beginning)."""

    dialogue: str
    turn: Expected
    reply: dict[str, Any]
    before: str

    @property
    def right(self) -> bool:
        """An expected rule's answer, the expected facts, or an expected kind that speaks for no other rule."""
        rules = self.reply.get("rule_ids") or [self.reply["rule_id"]]
        if self.reply["rule_id"] is not None and set(rules) <= set(self.turn.rules):
            return self.turn.type != FOLLOW_UP or self.reply["answer"] != self.before or self._facts
        plain = self.reply["rule_id"] is None or self.reply["kind"] != KIND_NO_ANSWER
        return self._facts or (self.reply["kind"] in self.turn.kinds and plain)

    @property
    def wrong_official(self) -> bool:
        """An official answer that is not what was asked for."""
        return self.reply["kind"] == KIND_OFFICIAL and not self.right

    @property
    def repeated(self) -> bool:
        """The answer of the turn before, given again though it is not right."""
        return self.reply["answer"] == self.before and not self.right

    @property
    def _facts(self) -> bool:
        text = _flat(self.reply["answer"])
        return bool(self.turn.must) and all(any(_flat(fact) in text for fact in group) for group in self.turn.must)


def hold(url: str, dialogues: Sequence[Dialogue], progress: Callable[[int], None] = lambda _: None) -> list[Heard]:
    """Hold every dialogue in a conversation of its own, turn by turn."""
    heard = []
    with httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False) as client:
        for number, dialogue in enumerate(dialogues, 1):
            before = ""
            for turn in dialogue.turns:
                reply = client.post("/chat", json={"message": turn.message, "sender": f"dialogue-{dialogue.id}"})
                reply.raise_for_status()
                heard.append(Heard(dialogue.id, turn, reply.json(), before))
                before = reply.json()["answer"]
            progress(number)
    return heard


def summarize(heard: Sequence[Heard]) -> dict[str, Any]:
    """The figures: shares of 1 with the number of turns behind each."""
    by_type: dict[str, list[Heard]] = {}
    for item in heard:
        by_type.setdefault(item.turn.type, []).append(item)
    follow_ups = by_type.get(FOLLOW_UP, [])
    by_rule = [h for h in follow_ups if h.reply["rule_id"] in h.turn.rules]
    official = [h for h in heard if h.reply["kind"] == KIND_OFFICIAL]
    return {
        "dialogues": len({h.dialogue for h in heard}),
        "turns_right": _share(heard, [h.right for h in heard]),
        **{f"{kind}_right": _share(items, [h.right for h in items]) for kind, items in sorted(by_type.items())},
        "follow_up_by_rule": _share(follow_ups, by_rule),
        "official_wrong": _share(official, [h.wrong_official for h in official]),
        "follow_up_official_wrong": _share(
            [h for h in follow_ups if h in official], [h.wrong_official for h in follow_ups if h in official]
        ),
        "answer_repeated": _share(heard, [h.repeated for h in heard]),
    }


def failures(heard: Sequence[Heard]) -> str:
    """A line for each turn that went wrong."""
    return "".join(
        f"{h.dialogue} {h.turn.type}{' OFICIAL EQUIVOCADA' if h.wrong_official else ''}: {h.turn.message!r} "
        f"→ {h.reply['kind']} {h.reply['rule_id']}, se esperaba {list(h.turn.rules or h.turn.kinds)}: "
        f"{h.reply['answer'][:120]!r}\n"
        for h in heard
        if not h.right
    )


def report(path: Path, as_json: bool) -> int:
    """Start the system, hold the dialogues of ``path``, print the figures and write the failures; 0 when done."""
    from server.running import running_system

    dialogues = read_dialogues(path)
    with running_system() as system:
        heard = hold(system.url, dialogues)
    FAILURES.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(FAILURES, failures(heard).encode())
    figures = summarize(heard)
    print(json.dumps(figures) if as_json else "\n".join(f"{name:<26}{value}" for name, value in figures.items()))
    print(f"turnos fallados: {FAILURES.relative_to(ROOT)}")
    return 0


def _share(items: Sequence[Any], hits: Sequence[Any]) -> dict[str, float | int | None]:
    count = sum(map(bool, hits))
    return {"share": round(count / len(items), 4) if items else None, "count": count, "of": len(items)}


def _flat(text: str) -> str:
    return " ".join(fold(text).replace("*", "").split())
