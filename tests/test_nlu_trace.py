"""The trace record: complete, JSON, the same for the same question, silent where it must be."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlu.decision import Decider
from nlu.evidence import FEATURES
from nlu.followup import Turn
from nlu.sequel import FEATURES as SEQUEL_FEATURES
from nlu.sequel import THRESHOLD as SEQUEL_THRESHOLD
from nlu.trace import SCHEMA, trace_record, without_text
from tests.nlu_books import book_of, school_entries
from tests.nlu_school import school_book

FIELDS = {
    "schema", "trace_id", "time", "normalized", "sure", "reason", "rule_id", "kind", "confidence", "parts", "threshold",
    "follow_up", "margin", "candidates", "book_hash", "versions", "timings_ms",
}  # fmt: skip


@pytest.fixture(scope="module")
def decider(tmp_path_factory: pytest.TempPathFactory) -> Decider:
    return Decider(book_of(tmp_path_factory.mktemp("r"), *school_entries()))


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Decider:
    return Decider(school_book(tmp_path_factory.mktemp("escuela")))


@pytest.mark.parametrize("question", ["¿Dónde pago la kolegiatura? 😀", "receta de mole", "", "\ud83d"])
def test_every_decision_has_the_same_fields_and_is_json(decider: Decider, question: str) -> None:
    record = json.loads(json.dumps(trace_record(decider.decide(question)), allow_nan=False))
    assert record.keys() == FIELDS and record["schema"] == SCHEMA and len(record["trace_id"]) == 32
    assert record["time"].endswith("+00:00") and record["timings_ms"]["decide"] > 0
    assert record["versions"].keys() == {"confidence", "calibration"}


def test_the_record_shows_what_was_weighed(decider: Decider) -> None:
    record = trace_record(decider.decide("Hola, ¿en qué banco pago la inscripcoin?"), "a" * 32, "ayer")
    assert (record["trace_id"], record["time"]) == ("a" * 32, "ayer")
    assert record["normalized"] == "en que banco pago la inscripcion"
    first = record["candidates"][0]
    assert first["rule_id"] == "pago" and first["features"].keys() >= set(FEATURES)
    assert record["threshold"].keys() == {"value", "applied", "risk", "proven", "origin"}
    assert record["threshold"]["applied"] == record["threshold"]["value"] and record["follow_up"] is None


def test_a_follow_up_shows_its_topic_features_and_threshold(school: Decider) -> None:
    record = trace_record(school.decide("¿y cuánto cuesta?", [Turn("perdí mi credencial", "credencial")]))
    assert (record["reason"], record["rule_id"]) == ("follow_up", "credencial_costo")
    assert record["follow_up"]["topic"] == "credencial" and record["follow_up"]["features"].keys() == set(SEQUEL_FEATURES)
    assert record["threshold"]["applied"] == SEQUEL_THRESHOLD <= record["confidence"]


def test_small_talk_shows_the_threshold_that_it_was_held_against(school: Decider) -> None:
    record = trace_record(school.decide("mil graciass"))
    assert record["candidates"][0]["rule_id"] == "gracias"
    assert record["threshold"]["applied"] < record["threshold"]["value"]


def test_another_calibration_is_another_version(decider: Decider, tmp_path: Path) -> None:
    other = Decider(book_of(tmp_path, *school_entries()[:3]))
    own, others = (trace_record(asked.decide("hola"))["versions"] for asked in (decider, other))
    assert own["confidence"] == others["confidence"] and own["calibration"] != others["calibration"]


def test_without_text_nothing_that_was_written_remains(decider: Decider) -> None:
    record = trace_record(decider.decide("mi matrícula secreta es 2203012345"))
    bare = without_text(record)
    assert bare.keys() == record.keys() and "2203012345" not in json.dumps(bare)
    assert {**bare, "normalized": record["normalized"]} == record
