"""Dialogues with their expected turns, and what is fitted on them."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nlu.decision import Decider
from nlu.dialogues import DialoguesError, Example, cross_validated, curve, examples, fit, read_dialogues, reading
from nlu.sequel import FEATURES
from rules.book import load_rule_book
from rules.locations import ROOT, Locations
from tests.nlu_school import school_book

DEVELOPMENT, HELD_OUT = ROOT / "data/calibration/dialogos.jsonl", ROOT / "data/eval/dialogues.jsonl"
TURN = {"user": "hola", "type": "small_talk", "rules": [], "must": [], "kinds": ["small_talk"]}


@pytest.mark.parametrize("path", [DEVELOPMENT, HELD_OUT], ids=["development", "held out"])
def test_every_expected_rule_exists(path: Path) -> None:
    known = set(load_rule_book(Locations.from_environment({}).rules).by_id)
    dialogues = read_dialogues(path)
    assert len(dialogues) >= 60 and len({dialogue.id for dialogue in dialogues}) == len(dialogues)
    assert {rule for dialogue in dialogues for turn in dialogue.turns for rule in turn.rules} <= known


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps({"id": "a", "turns": [TURN]}) + "\n{}\n", "utf-8")
    with pytest.raises(DialoguesError, match=r"d\.jsonl:2"):
        read_dialogues(path)
    with pytest.raises(DialoguesError, match="no se puede leer"):
        read_dialogues(tmp_path / "nada.jsonl")


def test_leaning_turns_become_examples(tmp_path: Path) -> None:
    turns = [
        {**TURN, "user": "perdí mi credencial", "type": "opening", "rules": ["credencial"], "kinds": []},
        {**TURN, "user": "¿y cuánto cuesta?", "type": "follow_up", "rules": ["credencial_costo"], "kinds": []},
    ]
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps({"id": "a", "turns": turns}), "utf-8")
    book = school_book(tmp_path / "libro")
    made = examples(book, reading(Decider(book)), read_dialogues(path), [], ["qué hora es en Tokio"])
    assert [(e.origin, e.right) for e in made] == [("dialogue", True), ("left out", False), ("outside", False)]


def test_what_speaks_for_a_rule_is_learnt() -> None:
    generator = np.random.default_rng(1)
    made = []
    for number in range(300):
        values = generator.random(len(FEATURES))
        made.append(Example(f"g{number}", "dialogue", "¿y?", "a", values, bool(values[0] > 0.5)))
    weights, intercept = fit(made)
    assert weights[0] > 5 * abs(weights[1:]).max()
    point = next(p for p in curve(made, cross_validated(made)) if p.threshold == 0.9)
    assert point.spoken > 50 and point.spoken_wrong == 0
    assert 0 < point.bound < 0.1 and intercept < 0
