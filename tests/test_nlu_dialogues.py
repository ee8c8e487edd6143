"""Dialogues with their expected turns, and what is fitted on them."""
from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from nlu.decision import Decider
from nlu.dialogues import DialoguesError, read_dialogues, refuse_unknown_rules
from nlu.sequel import CHOICE, FEATURES, Around, SequelModel
from nlu.sequel_fit import Example, cross_validated, curve, examples, fit
from nlu.text import normalize
from rules.book import load_rule_book
from rules.locations import ROOT, Locations
from tests.nlu_school import school_book

DEVELOPMENT, HELD_OUT = ROOT / "data/calibration/dialogos.jsonl", ROOT / "data/eval/dialogues.jsonl"
OFFICES = ROOT / "data/calibration/oficinas"
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


@pytest.mark.parametrize("office", sorted(path.name for path in OFFICES.iterdir() if path.is_dir()))
def test_every_rule_expected_of_an_invented_office_exists(office: str) -> None:
    known = set(load_rule_book(OFFICES / office).by_id)
    dialogues = read_dialogues(OFFICES / office / "dialogos.jsonl")
    refuse_unknown_rules(dialogues, known, OFFICES / office)
    with pytest.raises(DialoguesError, match="no tiene estas reglas"):
        refuse_unknown_rules(dialogues, known - {dialogues[0].turns[0].rules[0]}, OFFICES / office)


def test_no_two_turns_of_development_follow_each_other_in_a_dialogue_that_measures() -> None:
    measured, tuned = (
        {
            (normalize(first.message), normalize(second.message))
            for dialogue in read_dialogues(path)
            for first, second in itertools.pairwise(dialogue.turns)
        }
        for path in (HELD_OUT, DEVELOPMENT)
    )
    assert not measured & tuned


def test_leaning_turns_become_examples(tmp_path: Path) -> None:
    turns = [
        {**TURN, "user": "perdí mi credencial", "type": "opening", "rules": ["credencial"], "kinds": []},
        {**TURN, "user": "¿y cuánto cuesta?", "type": "follow_up", "rules": ["credencial_costo"], "kinds": []},
    ]
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps({"id": "a", "turns": turns}), "utf-8")
    book = school_book(tmp_path / "libro")
    made = examples("escuela", Decider(book), read_dialogues(path), [], ["qué hora es en Tokio"])
    spoken = [("dialogue", True), ("left out", False)]
    assert [(e.origin, bool(e.right.any())) for e in made] == [*spoken, ("unanswered", True), ("outside", False)]
    assert {e.office for e in made} == {"escuela"}
    assert "credencial_costo" in made[0].around.rule_ids and "credencial_costo" not in made[1].around.rule_ids


def test_what_speaks_for_a_rule_is_learnt() -> None:
    """Of two rules around each topic the one whose «subject» is higher is right, unless both are low."""
    generator = np.random.default_rng(1)
    made = []
    for number in range(400):
        choice = generator.normal(size=(2, len(CHOICE)))
        best = int(choice[:, CHOICE.index("subject")].argmax())
        right = choice[best, CHOICE.index("subject")] > 0
        around = Around(("a", "b"), choice, number % 2)
        rules = frozenset({around.rule_ids[best]} if right else ())
        made.append(Example(f"o{number % 4}", "dialogue", "¿y?", around, rules))
    model = fit(made)
    assert abs(model.choice).argmax() == CHOICE.index("subject") and model.choice.max() > 0
    confidence, right = cross_validated(made)
    point = next(p for p in curve(made, confidence, right) if p.threshold == 0.9)
    assert point.spoken > 50 and point.spoken_wrong <= 0.1 * point.spoken and 0 < point.bound < 0.2


def test_a_model_is_kept_and_read_again(tmp_path: Path) -> None:
    model = SequelModel(np.arange(len(CHOICE), dtype=float), np.ones(len(FEATURES)), -1.5)
    (tmp_path / "m.json").write_text(model.to_json(), "utf-8")
    kept = SequelModel.load(tmp_path / "m.json")
    assert kept.to_json() == model.to_json()
    (tmp_path / "old.json").write_text(model.to_json().replace('"told"', '"tell"'), "utf-8")
    with pytest.raises(ValueError, match="other features"):
        SequelModel.load(tmp_path / "old.json")
