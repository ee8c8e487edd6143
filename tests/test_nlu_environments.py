"""Rasa's Python and the gateway's decide alike, and share one calibration file."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rapidfuzz import fuzz

from nlu.calibration import calibrate
from nlu.decision import Decider
from nlu.matcher import Matcher
from nlu.trace import trace_record
from rules.book import book_to_json, load_rule_book
from rules.locations import ROOT
from tests.nlu_books import OUT_OF_SCOPE, VARIANTS, office_book, office_decider, school_entries, write_book

RASA_PYTHON = ROOT / ".venv-rasa/bin/python"
SCORERS = ("ratio", "token_sort_ratio", "partial_ratio", "token_set_ratio", "WRatio")
QUESTIONS = [
    "quiero botar la materia de cálculo", "¿en qué banco se paga la reinscripción?", "cuánto tarda mi constancia",
    "perdi la credencial k hago", "me robaron la credencial", "revalidar materias del poli", "kiero un justificante",
    "¿y cuánto tarda?", "gracias por todo", "fecha de reinscripción", "telefono de la cse", "ya no puedo mas con esto",
    "¿cuántas oportunidades tengo?", "servicio social requisitos", "correo del profe de física", "menú de la cafetería",
    *OUT_OF_SCOPE[:4], *VARIANTS["renuncia"],
]  # fmt: skip
SCRIPT = """
import json, sys
from pathlib import Path
from rapidfuzz import fuzz
from nlu.calibration import calibrate
from nlu.decision import Decider
from nlu.matcher import Matcher
from nlu.trace import trace_record
from rules.book import book_from_json, load_rule_book

asked = json.load(sys.stdin)
book = book_from_json(asked["book"])
decider = Decider(book, calibration_file=Path(asked["calibration"]))
json.dump({
    "version": list(sys.version_info[:2]),
    "hash": book.hash,
    "decisions": [trace_record(decider.decide(q)) for q in asked["questions"]],
    "turns": decider.calibration.turns,
    "scores": [[getattr(fuzz, s)(a, b) for s in asked["scorers"]] for a, b in asked["pairs"]],
    "small": json.loads(calibrate(Matcher(load_rule_book(Path(asked["small"])))).to_json()),
}, sys.stdout)
"""
PAIRS = [(a, b) for a in QUESTIONS[::3] for b in [*QUESTIONS[1::4], "", "ñandú"]]
PLANTED = 777


@pytest.fixture(scope="module")
def small_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_book(tmp_path_factory.mktemp("reglas"), *school_entries())


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory, small_book: Path) -> dict[str, Any]:
    """What Rasa's Python says; the calibration file was written by this one."""
    if not RASA_PYTHON.is_file():
        pytest.skip("the Rasa environment is not built")
    kept = tmp_path_factory.mktemp("modelo") / "calibration.json"
    office_decider().save(kept)
    calibration = json.loads(kept.read_text(encoding="utf-8"))
    kept.write_text(json.dumps({**calibration, "turns": PLANTED}), encoding="utf-8")
    asked: dict[str, Any] = {"questions": QUESTIONS, "scorers": SCORERS, "pairs": PAIRS, "small": str(small_book)}
    asked |= {"book": book_to_json(office_book()), "calibration": str(kept)}
    done = subprocess.run(
        [str(RASA_PYTHON), "-c", SCRIPT], cwd=ROOT, input=json.dumps(asked), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_two_pythons_took_part(answer: dict[str, Any]) -> None:
    assert answer["version"] == [3, 10] != list(sys.version_info[:2])


def test_both_decide_alike(answer: dict[str, Any]) -> None:
    for question, other in zip(QUESTIONS, answer["decisions"], strict=True):
        own = trace_record(office_decider().decide(question))
        assert (own["sure"], own["rule_id"], own["reason"], own["normalized"]) == (
            other["sure"], other["rule_id"], other["reason"], other["normalized"]
        ), question  # fmt: skip
        assert own["confidence"] == pytest.approx(other["confidence"], abs=1e-3), question
        assert own["threshold"] == other["threshold"]
        assert [c["rule_id"] for c in own["candidates"]][:1] == [c["rule_id"] for c in other["candidates"]][:1]


def test_the_calibration_of_one_serves_the_other(answer: dict[str, Any]) -> None:
    assert answer["hash"] == office_book().hash and answer["turns"] == PLANTED


def test_both_fit_the_same_calibration(answer: dict[str, Any], small_book: Path) -> None:
    own = json.loads(calibrate(Matcher(load_rule_book(small_book))).to_json())
    assert {k: v for k, v in own.items() if k != "tails"} == {k: v for k, v in answer["small"].items() if k != "tails"}
    for feature, tail in own["tails"].items():
        np.testing.assert_allclose(tail, answer["small"]["tails"][feature], atol=1e-3, err_msg=feature)


def test_rapidfuzz_scores_alike(answer: dict[str, Any]) -> None:
    own = [[getattr(fuzz, scorer)(a, b) for scorer in SCORERS] for a, b in PAIRS]
    assert own == answer["scores"]


def test_a_decider_needs_no_office_to_decide(small_book: Path) -> None:
    assert Decider(load_rule_book(small_book)).decide(VARIANTS["pago"][0]).rule_id == "pago"
