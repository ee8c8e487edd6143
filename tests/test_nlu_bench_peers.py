"""The peers of the bench answer like the honest rivals they stand for."""
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu.bench.kept import answers, peer_answers
from nlu.bench.measure import costs, trained
from nlu.bench.peers import PEERS, Engine
from nlu.bench.scoring import Answer
from nlu.development import make_book
from nlu.questions import Question
from tests.nlu_books import OUT_OF_SCOPE, VARIANTS

BOOK = make_book(VARIANTS)


@pytest.fixture(scope="module", params=PEERS)
def engine(request: pytest.FixtureRequest) -> Engine:
    made = PEERS[request.param]()
    made.fit(BOOK)
    return made


def test_a_variant_finds_its_rule_and_nonsense_scores_less(engine: Engine) -> None:
    found = [(rule, engine.ask(text)) for rule, texts in VARIANTS.items() for text in texts]
    assert all(answer.rule == rule for rule, answer in found)
    surest_nonsense = engine.ask(OUT_OF_SCOPE[0]).score
    assert min(answer.score for _, answer in found) > surest_nonsense


def test_accents_case_and_greetings_make_no_difference(engine: Engine) -> None:
    written, plain = engine.ask("Hola, ¿DÓNDE PAGO la Colegiatura? gracias"), engine.ask("donde pago la colegiatura")
    assert written.rule == "pago" and written.score == pytest.approx(plain.score)


@given(st.text(max_size=40))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_answered_with_a_rule_of_the_book_or_none(engine: Engine, text: str) -> None:
    answer = engine.ask(text)
    assert answer.rule is None or answer.rule in VARIANTS
    assert answer.score >= 0


def test_costs_are_told_for_each_engine_beside_the_plain_ratio() -> None:
    engines = {name: PEERS[name]() for name in ("BM25", "RapidFuzz WRatio")}
    seconds = {name: trained(engine, BOOK) for name, engine in engines.items()}
    asked = [Question(f"donde pago la cuota {number}", "pago") for number in range(40)]
    found = costs(engines, seconds, BOOK, asked)
    assert set(found) == set(engines)
    for name, cost in found.items():
        assert cost.train_seconds == seconds[name] and min(cost.median_ms, cost.mean_ms, cost.ratio) > 0


def test_answers_are_paid_for_once_and_anew_when_book_or_questions_change(tmp_path: Path) -> None:
    engine = PEERS["BM25"]()
    engine.fit(BOOK)
    asked = [Question("donde pago la cuota", "pago"), Question("perdí mi credencial", "credencial")]
    first = peer_answers(tmp_path, "BM25", BOOK, asked, lambda: answers(engine, asked))
    assert first == answers(engine, asked)

    def refuse() -> list[Answer]:
        raise AssertionError("asked again")

    assert peer_answers(tmp_path, "BM25", BOOK, asked, refuse) == first
    fewer = make_book(dict(list(VARIANTS.items())[:2]))
    for name, book, questions in [("other", BOOK, asked), ("BM25", fewer, asked), ("BM25", BOOK, asked[:1])]:
        with pytest.raises(AssertionError, match="asked again"):
            peer_answers(tmp_path, name, book, questions, refuse)
