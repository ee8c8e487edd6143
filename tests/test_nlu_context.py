"""A verdict, revised with the turns before."""
from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from nlu.context import ContextReader, Verdict
from nlu.decision import Decider
from nlu.followup import Turn
from rules.book import RuleBook
from tests.nlu_school import school_book

Revise = Callable[[str, Verdict, Sequence[Turn] | None], Verdict]
LOST = Turn("perdí mi credencial", "credencial")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    return school_book(tmp_path_factory.mktemp("libro"))


@pytest.fixture(scope="module")
def context(book: RuleBook) -> ContextReader:
    return ContextReader(book, Decider(book).sequels)


@pytest.fixture(scope="module")
def revise(context: ContextReader) -> Revise:
    return lambda question, alone, history: context.revise(question, alone, history)


def alone(book: RuleBook, rule: str, reason: str = "confidence") -> Verdict:
    return Verdict(book.by_id[rule], 0.95, reason)


def test_a_follow_up_gets_the_rule_of_its_topic(book: RuleBook, revise: Revise) -> None:
    revised = revise("¿y cuánto cuesta?", alone(book, "beca", "low"), [LOST])
    assert (revised.rule, revised.reason) == (book.by_id["credencial_costo"], "follow_up")


@pytest.mark.parametrize("reason", ["lookalike", "contrary"])
def test_a_rule_that_the_turn_is_surely_not_for_is_no_follow_up_either(
    book: RuleBook, revise: Revise, reason: str
) -> None:
    unlike = alone(book, "credencial_costo", reason)
    assert revise("¿y cuánto cuesta?", unlike, [LOST]) == unlike
    assert revise("¿y cuánto cuesta?", alone(book, "beca", reason), [LOST]).reason == "follow_up"


def test_the_topic_survives_a_thank_you(book: RuleBook, revise: Revise) -> None:
    history = [LOST, Turn("mil gracias", "gracias")]
    assert revise("¿y cuánto cuesta?", alone(book, "beca", "low"), history).reason == "follow_up"


def test_a_change_of_topic_is_noticed(book: RuleBook, revise: Revise) -> None:
    question = "¿y dónde está la biblioteca?"
    assert revise(question, alone(book, "biblioteca"), [LOST]) == alone(book, "biblioteca")


def test_a_leaning_turn_that_names_no_subject_is_not_answered_from_elsewhere(
    book: RuleBook, revise: Revise
) -> None:
    assert revise("¿y a qué lugar voy?", alone(book, "biblioteca"), [LOST]).reason == "leaning"


@pytest.mark.parametrize("history", [(), None])
def test_an_elliptic_turn_alone_is_never_sure(
    book: RuleBook, revise: Revise, history: tuple[Turn, ...] | None
) -> None:
    assert revise("¿y cuánto cuesta?", alone(book, "credencial_costo"), history).reason == "elliptic"


def test_what_cannot_be_known_is_not_presumed(book: RuleBook, revise: Revise) -> None:
    verdict = alone(book, "beca")
    assert revise("¿y si no me dan nada?", verdict, ()) == verdict
    assert revise("¿y si no me dan nada?", verdict, None).reason == "leaning"


def test_a_whole_question_is_judged_alone(book: RuleBook, revise: Revise) -> None:
    for history in ((), None, [LOST]):
        assert revise("¿Dónde pido una beca?", alone(book, "beca"), history) == alone(book, "beca")


@pytest.mark.parametrize("reason", ["urgent", "exact"])
def test_a_call_for_help_and_small_talk_need_no_topic(book: RuleBook, revise: Revise, reason: str) -> None:
    verdict = alone(book, "gracias", reason)
    assert revise("y gracias", verdict, [LOST]) == verdict
