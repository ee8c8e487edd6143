"""Which rule a leaning turn asks for after what was said."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.decision import Decider
from nlu.followup import Topic, Turn, topic_of
from nlu.sequel import CHOICE, FEATURES, Sequel, SequelReader
from tests.nlu_books import own_decider
from tests.nlu_school import school_book, unfitted_matcher

LOST = Topic("credencial", ("perdí mi credencial",))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> SequelReader:
    return Decider(school_book(tmp_path_factory.mktemp("libro"))).sequels


@pytest.mark.parametrize(
    ("question", "rule"),
    [("¿y cuánto cuesta?", "credencial_costo"), ("¿y qué precio tiene?", "credencial_costo"),
     ("¿y cuánto se tardan?", "credencial_tiempo"), ("y en cuantos dias me la dan", "credencial_tiempo")],
)  # fmt: skip
def test_the_rule_that_both_turns_say_together(reader: SequelReader, question: str, rule: str) -> None:
    found = reader.read(question, LOST)
    assert found is not None and found.rule_id == rule


def test_a_sure_sequel_is_sure(reader: SequelReader) -> None:
    found = reader.read("¿y cuánto cuesta?", LOST)
    assert found is not None and found.sure and len(found.values) == len(FEATURES)


def test_what_the_question_asks_for_after_the_talk_counts_too(reader: SequelReader) -> None:
    sure, doubtful = (
        SequelReader(unfitted_matcher(reader.book), lambda text, amount, share=share: {"credencial_costo": share})
        for share in (0.9, 0.2)
    )
    found = [one.read("¿y cuánto cuesta?", LOST) for one in (sure, doubtful)]
    assert found[0] is not None and found[1] is not None and found[0].confidence > found[1].confidence


@pytest.mark.parametrize("question", ["¿y quién ganó el partido?", "¿y a qué hora juegan?", "¿y tu nombre?"])
def test_a_foreign_question_is_never_sure(reader: SequelReader, question: str) -> None:
    found = reader.read(question, LOST)
    assert found is None or not found.sure


def test_the_last_answer_is_given_again_where_that_is_asked_for(reader: SequelReader) -> None:
    found = reader.read("¿y cómo la repongo?", LOST)
    assert found is not None and found.rule_id == "credencial"


def test_a_rule_left_out_is_not_found(reader: SequelReader) -> None:
    found = reader.read("¿y cuánto cuesta?", LOST, without=["credencial_costo"])
    assert found is None or (found.rule_id != "credencial_costo" and not found.sure)


def test_a_topic_that_the_book_lost_has_no_sequel(reader: SequelReader) -> None:
    assert reader.read("¿y cuánto cuesta?", Topic("otra", ("algo",))) is None
    assert reader.read("¿y cuánto cuesta?", Topic(None, ("algo",), 1)) is None


def test_what_nobody_answered_is_guessed(reader: SequelReader) -> None:
    """«perdí mi credencial» went unanswered: what it costs is the credential's all the same."""
    unanswered = Topic(None, ("es que perdí mi credencial",), 1)
    found = reader.around("¿y cuánto cuesta?", unanswered)
    assert found is not None
    guessed = found.choice[:, CHOICE.index("guessed")]
    assert [found.rule_ids[place] for place in guessed.nonzero()[0]] == ["credencial"]
    sequel = reader.read("¿y cuánto cuesta?", unanswered)
    assert sequel is not None and sequel.rule_id == "credencial_costo"


@pytest.mark.parametrize("other", ["¿y el estacionamiento?", "¿y para la maestría?", "¿quién ganó el mundial?"])
def test_what_is_asked_of_another_subject_that_nobody_answered_is_not_surely_the_last_answers(
    reader: SequelReader, other: str
) -> None:
    history = [Turn("perdí mi credencial", "credencial"), Turn(other)]
    topic = topic_of(history, lambda rule_id: False, reader.subjects.belongs)
    assert topic is not None
    found = reader.read("¿y cuánto cuesta?", topic)
    assert found is None or not found.sure


def test_a_rule_far_from_the_topic_is_a_candidate_where_it_is_asked_for(reader: SequelReader) -> None:
    around = reader.around("¿y la biblioteca a qué hora abre?", LOST)
    assert around is not None and "biblioteca" in around.rule_ids


def test_the_subject_of_a_rule_is_named(reader: SequelReader) -> None:
    assert reader.subjects.names_subject("¿y la biblioteca dónde está?", "biblioteca")
    assert not reader.subjects.names_subject("¿y dónde está?", "biblioteca")


@given(st.text(max_size=60))
def test_any_text_is_read(reader: SequelReader, text: str) -> None:
    found = reader.read(text, LOST)
    assert found is None or 0 <= found.confidence <= 1


def test_a_price_may_be_asked_for_with_sale(reader: SequelReader) -> None:
    found = reader.read("¿y cuánto sale?", LOST)
    assert found is not None and (found.rule_id, found.sure) == ("credencial_costo", True)


def test_what_is_asked_around_the_topic_belongs_to_it(reader: SequelReader) -> None:
    assert reader.subjects.belongs("¿y cuánto cuesta la credencial?", "credencial")
    assert not reader.subjects.belongs("¿y el estacionamiento?", "credencial")


@pytest.mark.parametrize(
    ("near", "same", "guessed", "sure"), [(1, 0, 0, True), (1, 1, 0, False), (1, 0, 1, False), (0, 0, 0, False)]
)
def test_only_another_rule_around_the_topic_is_sure_at_the_lower_threshold(
    near: int, same: int, guessed: int, sure: bool
) -> None:
    known = {"near": near, "same": same, "guessed": guessed}
    values = np.array([known.get(name, 0) for name in FEATURES], dtype=float)
    assert Sequel("a", 0.9, values).sure is sure and Sequel("a", 0.99, values).sure


def test_a_short_turn_that_is_sure_by_itself_is_not_where_another_rule_is_asked_for_after_what_was_said() -> None:
    office = own_decider()
    before = Turn("soy de nuevo ingreso y no me han dado mi credencial, que ocupo", "credencial_primera")
    assert office.decide("llevo foto?").rule_id == "ingreso_foto"
    decision = office.decide("llevo foto?", [before])
    assert not decision.sure or decision.rule_id == "credencial_primera"
