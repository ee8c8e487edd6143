"""What the office tells apart: a question that names one is answered by no text that never does."""
from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.decision import Decider
from nlu.distinctions import Distinctions
from nlu.followup import Turn
from rules.locations import Locations
from rules.office import load_office
from tests.nlu_books import book_of, entry, school_entries

GROUPS = (("posgrado", "maestría", "doctorado"), ("UNAM", "Tec de Monterrey"))
TERM = ["¿Cuántos años tengo para terminar?", "en cuántos años debo terminar", "años máximos para terminar la carrera"]
GRADUATE = ["¿Cómo entro a la maestría?", "quiero estudiar un posgrado", "requisitos de la maestría"]


@pytest.fixture(scope="module")
def decider(tmp_path_factory: pytest.TempPathFactory) -> Decider:
    office = replace(load_office(Locations.from_environment({}).office), distinctions=GROUPS)
    rules = (*school_entries(), entry("plazo", TERM), entry("maestria", GRADUATE))
    return Decider(book_of(tmp_path_factory.mktemp("libro"), *rules), office, risk=0.5)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("soy de MAESTRIA", {0}), ("en el tec de monterrey", {1}), ("el tec", set()), ("maestríaa y unam", {1}), ("", set()),
        ("¿Posgrado o UNAM?", {0, 1}), ("posgraduados", set()),
    ],
)  # fmt: skip
def test_a_group_is_named_by_whole_words_in_any_spelling(text: str, named: set[int]) -> None:
    assert Distinctions(GROUPS).named_in(text) == named


def test_a_question_that_names_what_the_rule_never_does_is_not_sure(decider: Decider) -> None:
    assert decider.decide("cuántos años tengo como máximo para terminar").rule_id == "plazo"
    other = decider.decide("cuántos años tengo como máximo para terminar la maestría")
    assert not other.sure and other.reason in ("distinct", "low")
    assert decider.confidences("cuántos años tengo para terminar la maestría", 3).get("plazo", 0.0) == 0.0
    assert decider.decide("qué requisitos son para la maestria").rule_id == "maestria"


def test_nor_is_a_follow_up(decider: Decider) -> None:
    history = [Turn(TERM[0], "plazo")]
    assert decider.decide("¿y en la unam?", history).rule_id is None


def test_an_office_that_tells_nothing_apart_decides_as_ever(decider: Decider) -> None:
    plain = Decider(decider.book, risk=0.5)
    assert plain.decide("cuántos años tengo como máximo para terminar la maestría").reason != "distinct"


@given(st.text(max_size=30), st.lists(st.text(max_size=6), max_size=4))
def test_no_text_fails_and_none_names_nothing(text: str, group: list[str]) -> None:
    assert Distinctions([group, ()]).named_in(text) <= {0}
    assert Distinctions(()).named_in(text) == frozenset()
