"""Rasa's channel: what we send, what we believe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.rasa import Breaker, RasaError, as_messages, as_text, read_messages, take_trace
from server.reply import Answer

PAYLOAD = {"kind": "official", "rule_id": "a", "confidence": "0.9", "sources": [], "suggestions": []}


@pytest.mark.parametrize(("typed", "sent"), [
    ("/restart", "restart"), ("  //restart", "restart"), ('/faq{"a": 1}', 'faq{"a": 1}'),
    ("\u200b/\u2009/session_start", "session_start"),
    ("a/b", "a/b"), ("¿Qué es 1/2?", "¿Qué es 1/2?"), ("/", "?"), ("/ / /", "?"),
])  # fmt: skip
def test_a_command_of_rasa_is_only_text(typed, sent):
    assert as_text(typed) == sent


@given(st.text())
def test_nothing_that_rasa_obeys_is_ever_sent(text):
    sent = as_text(text)
    assert sent.strip() and not sent.strip().startswith("/")


@pytest.mark.parametrize("messages", [
    [], None, {}, "hola", [1], [{}], [{"text": "hola"}], [{"custom": PAYLOAD}], [{"text": "  "}, {"custom": PAYLOAD}],
    [{"text": 5}, {"custom": PAYLOAD}], [{"text": "a"}, {"custom": {"kind": "invented"}}],
    [{"text": "a"}, {"custom": {**PAYLOAD, "confidence": "high"}}],
    [{"text": "a"}, {"custom": {**PAYLOAD, "confidence": 7}}],
    [{"text": "a"}, {"custom": {**PAYLOAD, "sources": [{"url": "x"}]}}],
])  # fmt: skip
def test_an_answer_that_cant_be_labelled_is_a_failure(messages):
    with pytest.raises(RasaError):
        read_messages(messages)


@pytest.mark.parametrize(
    ("given_value", "read"), [("0.9312", 0.9312), (0.5, 0.5), (1, 1.0), ("None", 0.0), (None, 0.0), ("nan", 0.0)]
)
def test_confidence_may_be_a_slot_turned_to_text(given_value, read):
    answer = read_messages([{"text": "a"}, {"custom": {**PAYLOAD, "confidence": given_value}}])
    assert answer.confidence == read


def test_texts_are_joined_and_the_payload_is_kept():
    answer = read_messages([{"text": "a"}, {"image": "x"}, {"text": "b"}, {"custom": PAYLOAD}])
    assert (answer.text, answer.kind, answer.rule_id, answer.degraded) == ("a\n\nb", "official", "a", False)


@pytest.mark.parametrize("trace", [{"schema": 1}, None, "x", 5, []])
def test_the_decisions_record_is_taken_out_of_what_is_passed_on(trace):
    plain = [{"text": "a"}, {"custom": PAYLOAD}, {"custom": [1]}, {}]
    shown, taken = take_trace([{"text": "a"}, {"custom": {**PAYLOAD, "trace": trace}}, {"custom": [1]}, {}])
    assert shown == plain and taken == (trace if trace == {"schema": 1} else None)
    assert take_trace(plain) == (plain, None)


def test_our_own_answer_reads_back_as_rasas():
    answer = Answer(text="Sí.", kind="quoted", confidence=0.4)
    assert read_messages(as_messages(answer, "x")) == answer


def test_the_breaker_rests_after_failures_and_trusts_again_after_an_answer():
    now = [0.0]
    breaker = Breaker(failures=2, pause=5, clock=lambda: now[0])
    breaker.failed()
    assert not breaker.open() and breaker.troubled
    breaker.failed()
    assert breaker.open()
    now[0] = 5.1
    assert not breaker.open()
    breaker.failed()
    assert breaker.open(), "one more failure after the pause is enough"
    breaker.succeeded()
    assert not breaker.open() and not breaker.troubled
