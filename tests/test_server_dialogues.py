"""What counts as a right turn of a dialogue."""
from __future__ import annotations

from typing import Any

import pytest

from nlu.dialogues import Expected
from server.dialogues import Heard, failures, summarize


def heard(expected: dict[str, Any], reply: dict[str, Any], before: str = "") -> Heard:
    turn = Expected(**{"message": "¿y?", "type": "follow_up", "rules": (), "must": (), "kinds": (), **expected})
    answer = {"kind": "official", "rule_id": None, "rule_ids": [], "answer": "Son **480 horas**.", **reply}
    return Heard("d1", turn, answer, before)


@pytest.mark.parametrize(
    ("expected", "reply"),
    [
        ({"rules": ("a", "b")}, {"rule_id": "b"}),
        ({"rules": ("a", "b")}, {"rule_id": "a", "rule_ids": ["a", "b"]}),
        ({"must": (("480 HORAS", "400"), ("son",))}, {"kind": "quoted", "rule_id": "x"}),
        ({"kinds": ("no_answer",)}, {"kind": "no_answer"}),
        ({"kinds": ("small_talk",)}, {"kind": "small_talk", "rule_id": "gracias"}),
    ],
)
def test_right(expected: dict[str, Any], reply: dict[str, Any]) -> None:
    assert heard(expected, reply).right


@pytest.mark.parametrize(
    ("expected", "reply"),
    [
        ({"rules": ("a",)}, {"rule_id": "b"}),
        ({"rules": ("a",)}, {"rule_id": "a", "rule_ids": ["a", "b"]}),
        ({"rules": ("a",), "must": (("480",), ("seis meses",))}, {"kind": "quoted"}),
        ({"kinds": ("no_answer",)}, {"kind": "quoted"}),
        ({"kinds": ("no_answer",)}, {"kind": "no_answer", "rule_id": "otra"}),
    ],
)
def test_wrong(expected: dict[str, Any], reply: dict[str, Any]) -> None:
    assert not heard(expected, reply).right


def test_only_an_official_answer_is_officially_wrong() -> None:
    assert heard({"rules": ("a",)}, {"rule_id": "b"}).wrong_official
    assert not heard({"rules": ("a",)}, {"kind": "quoted", "rule_id": "b"}).wrong_official


def test_the_same_answer_again_is_right_only_with_what_was_asked() -> None:
    again = {"rules": ("a",)}, {"rule_id": "a"}, "Son **480 horas**."
    assert heard(*again).repeated
    assert heard({"rules": ("a",), "must": (("480",),)}, {"rule_id": "a"}, "Son **480 horas**.").right


def test_the_figures_and_the_failures() -> None:
    turns = [heard({"rules": ("a",)}, {"rule_id": "a"}), heard({"rules": ("a",)}, {"rule_id": "b"})]
    figures = summarize(turns)
    assert figures["follow_up_right"] == {"share": 0.5, "count": 1, "of": 2}
    assert figures["official_wrong"]["count"] == figures["follow_up_official_wrong"]["count"] == 1
    assert failures(turns).count("\n") == 1 and "OFICIAL EQUIVOCADA" in failures(turns)
