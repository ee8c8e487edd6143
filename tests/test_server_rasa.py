"""Rasa's channel: what we send, what we believe."""

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.rasa import Breaker, RasaClient, RasaError, as_messages, as_text, read_messages, take_trace
from server.reply import Answer
from tests.server_parts import RasaStub, serving

PAYLOAD = {"kind": "official", "rule_id": "a", "confidence": "0.9", "sources": [], "suggestions": []}


@pytest.mark.parametrize(("typed", "sent"), [
    ("/restart", "hola"), ("  //restart", "hola"), ("\u200b/\u2009/session_start", "hola"),
    ("restart", "restart"), ("/restart ya", "restart ya"), ('/faq{"a": 1}', 'faq{"a": 1}'),
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


@pytest.mark.parametrize(("said", "degraded"), [({}, False), ({"degraded": True}, True), ({"degraded": "yes"}, False)])
def test_the_action_may_say_that_a_part_failed(said, degraded):
    assert read_messages([{"text": "a"}, {"custom": {**PAYLOAD, **said}}]).degraded is degraded


def test_our_own_answer_is_split_like_rasas():
    answer = Answer(text="Uno.\n\n- dos\n- tres\n\nCuatro.", kind="official", degraded=True)
    messages = as_messages(answer, "x")
    assert [m["text"] for m in messages[:-1]] == ["Uno.", "- dos\n- tres", "Cuatro."]
    assert read_messages(messages) == answer


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def breaker(clock):
    return Breaker(failures=2, window=30, pause=5, clock=lambda: clock[0])


def fail(breaker):
    assert breaker.admit()
    breaker.failed()


def test_the_breaker_rests_after_failures_and_trusts_again_after_an_answer(breaker, clock):
    fail(breaker)
    assert breaker.troubled
    fail(breaker)
    assert not breaker.admit()
    clock[0] = 5.1
    assert breaker.admit()
    breaker.succeeded()
    assert breaker.admit() and not breaker.troubled


def test_after_the_rest_one_call_is_let_through_and_decides(breaker, clock):
    fail(breaker)
    fail(breaker)
    clock[0] = 5.1
    assert [breaker.admit() for _ in range(5)] == [True, False, False, False, False]
    breaker.failed()
    assert not breaker.admit(), "one failure is enough to rest again"
    clock[0] = 10.2
    assert [breaker.admit() for _ in range(2)] == [True, False]
    breaker.succeeded()
    assert all(breaker.admit() for _ in range(5))


def test_answers_of_other_turns_dont_hide_failures_but_time_does(breaker, clock):
    fail(breaker)
    for _ in range(10):
        assert breaker.admit()
        breaker.succeeded()
    fail(breaker)
    assert not breaker.admit()
    breaker.succeeded()
    assert not breaker.admit(), "an answer that was under way before the rest proves nothing"
    clock[0] = 5.1
    assert breaker.admit()
    breaker.succeeded()
    clock[0] = 100.0
    fail(breaker)
    assert breaker.admit(), "the earlier failures are forgotten"


def test_a_call_that_is_cancelled_counts_as_failed_and_leaves_no_probe_behind():
    async def turn_in_no_time(client):
        async with asyncio.timeout(0.1):
            await client.turn("hola", "ana", "t")

    async def ask():
        async with httpx.AsyncClient() as http:
            client = RasaClient(http, url, 5, Breaker(failures=1, window=30, pause=0))
            with pytest.raises(TimeoutError):
                await turn_in_no_time(client)
            assert client.breaker.troubled
            with pytest.raises(TimeoutError):
                await turn_in_no_time(client)
            stub.mode = "ok"
            return (await client.turn("hola", "ana", "t"))[0].text

    stub = RasaStub()
    stub.mode = "slow"
    with serving(stub) as url:
        assert asyncio.run(ask()) == "De Rasa."
