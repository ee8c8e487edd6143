"""The service behind OpenAI's door, as a client meets it."""
import json

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.limits import MAX_BODY
from llm.protocol import MAX_MESSAGE, MAX_MESSAGES
from llm.service import create_app
from rules.locations import Locations
from rules.office import load_office
from tests.llm_parts import breaking_assistant, quoting_assistant

DOOR = "/v1/chat/completions"


@pytest.fixture(scope="module")
def client():
    with TestClient(create_app(quoting_assistant()), raise_server_exceptions=False) as made:
        yield made


def body(*texts, **more):
    return {"model": "x", "messages": [{"role": "user", "content": text} for text in texts], **more}


def events(response):
    lines = [line for line in response.text.split("\n\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def test_an_answer_has_openais_shape_and_its_grounding(client):
    response = client.post(DOOR, json=body("¿Qué es la seriación?"))
    reply = response.json()
    assert response.status_code == 200
    assert reply["object"] == "chat.completion" and reply["id"].startswith("chatcmpl-")
    choice = reply["choices"][0]
    assert choice["finish_reason"] == "stop" and choice["message"]["role"] == "assistant"
    counts = reply["usage"]
    assert counts["total_tokens"] == counts["prompt_tokens"] + counts["completion_tokens"] > 0
    grounding = reply["grounding"]
    assert set(grounding) == {"kind", "confidence", "rule_id", "topic_rule", "sources", "passages", "suggestions"}
    assert grounding["kind"] == "quoted" and grounding["rule_id"] == "seriacion_que_es"
    assert set(grounding["sources"][0]) == {"title", "url", "scope"}
    assert set(grounding["passages"][0]) == {"id", "score"}
    assert set(grounding["suggestions"][0]) == {"title", "message"}


def test_a_question_out_of_scope_gets_an_honest_no(client):
    reply = client.post(DOOR, json=body("receta de enchiladas verdes")).json()
    assert reply["grounding"]["kind"] == "no_answer" and reply["grounding"]["sources"] == []
    assert reply["choices"][0]["message"]["content"].startswith(load_office(Locations.from_environment({}).office).foreign)


def test_the_stream_carries_the_same_answer_its_grounding_and_usage(client):
    whole = client.post(DOOR, json=body("¿Qué es la seriación?")).json()
    response = client.post(DOOR, json=body("¿Qué es la seriación?", stream=True, stream_options={"include_usage": True}))
    assert response.headers["content-type"].startswith("text/event-stream")
    first, *middle, end, usage = events(response)
    assert first["object"] == "chat.completion.chunk"
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    pieces = [event["choices"][0]["delta"]["content"] for event in middle]
    assert "".join(pieces) == whole["choices"][0]["message"]["content"]
    assert end["choices"][0]["finish_reason"] == "stop"
    assert end["grounding"] == whole["grounding"]
    assert usage["choices"] == [] and usage["usage"] == whole["usage"]
    assert len({event["id"] for event in (first, *middle, end, usage)}) == 1


def test_the_last_user_message_is_the_question_and_the_rest_its_history(client):
    messages = [
        {"role": "system", "content": "Eres un asistente."},
        {"role": "user", "content": "¿Qué es la equivalencia de estudios?"},
        {"role": "assistant", "content": "Un trámite."},
        {"role": "user", "content": [{"type": "text", "text": "¿y cuánto tarda?"}]},
    ]
    reply = client.post(DOOR, json={"messages": messages}).json()
    assert reply["grounding"]["rule_id"] == "equivalencia_duracion"


@pytest.mark.parametrize(
    ("sent", "param", "code"),
    [
        ({}, "messages", "missing_field"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"messages": None}, "messages", "invalid_value"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages.0.content", "invalid_value"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages.0.content", "invalid_value"),
        ({"messages": [{"role": "rey", "content": "a"}]}, "messages.0.role", "invalid_value"),
        ({"messages": [{"role": "system", "content": "a"}]}, "messages", "empty_message"),
        (body(" \n "), "messages", "empty_message"),
        (body("a" * (MAX_MESSAGE + 1)), "messages", "message_too_long"),
        (body("a", n=2), "n", "unsupported_parameter"),
        ([], None, "invalid_body"),
    ],
)
def test_a_bad_request_is_refused_with_openais_error_in_spanish(client, sent, param, code):
    response = client.post(DOOR, json=sent)
    assert response.status_code == 400
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert error["message"].endswith(".")


@pytest.mark.parametrize("control", ["\0", "\x1b", "\x7f", "\x9b"])
def test_a_character_that_nobody_sees_and_parts_words_is_refused_in_the_question_alone(client, control):
    spoilt = f"¿Qué es la seria{control}ción?"
    error = client.post(DOOR, json=body(spoilt)).json()["error"]
    assert (error["param"], error["code"]) == ("messages", "invalid_value") and "control" in error["message"]
    assert client.post(DOOR, json=body(spoilt, "¿Qué es la seriación?")).status_code == 200


def test_what_parts_lines_and_pages_in_a_paste_is_no_fault(client):
    response = client.post(DOOR, json=body("\f¿Qué es\u0085\tla\v\r\nseriación?\u2028\x1c"))
    assert response.json()["grounding"]["rule_id"] == "seriacion_que_es"


def test_a_message_of_the_greatest_length_is_answered(client):
    assert client.post(DOOR, json=body("a" * MAX_MESSAGE)).status_code == 200


def test_a_conversation_of_the_greatest_length_is_read_however_it_is_escaped(client):
    texts = ["😀" * MAX_MESSAGE] * (MAX_MESSAGES - 1)
    raw = json.dumps(body(*texts, "¿Qué es la seriación?")).encode()
    assert 12 * sum(map(len, texts)) < len(raw) < MAX_BODY
    response = client.post(DOOR, content=raw, headers={"content-type": "application/json"})
    assert response.json()["grounding"]["rule_id"] == "seriacion_que_es"


@pytest.mark.parametrize("earlier", [["a" * (MAX_MESSAGE + 1)], ["¿Qué es una beca?"] * 150, ["hola"] * 150 + ["b" * 9999]])
def test_a_long_conversation_does_not_block_its_next_question(client, earlier):
    messages = [{"role": "user", "content": text} for text in earlier]
    messages += [{"role": "assistant", "content": "x" * 5000}, {"role": "user", "content": "¿Qué es la seriación?"}]
    response = client.post(DOOR, json={"messages": messages})
    assert response.status_code == 200
    assert response.json()["grounding"]["rule_id"] == "seriacion_que_es"


def test_the_last_question_counts_though_many_answers_follow_it(client):
    messages = [{"role": "user", "content": "¿Qué es la seriación?"}, *[{"role": "assistant", "content": "x"}] * 50]
    assert client.post(DOOR, json={"messages": messages}).json()["grounding"]["rule_id"] == "seriacion_que_es"


def test_what_shows_nothing_in_a_question_changes_no_answer(client):
    questions = ("¿Qué es la seriación?", "¿Qué es la se\u00adria\u200bción?")
    plain, hidden = (client.post(DOOR, json=body(text)).json() for text in questions)
    assert hidden["choices"] == plain["choices"] and hidden["grounding"] == plain["grounding"]
    assert hidden["usage"] == plain["usage"]
    assert client.post(DOOR, json=body("\u200b\ufeff")).json()["error"]["code"] == "empty_message"


def test_what_the_official_api_allows_is_accepted(client):
    messages = [
        {"role": "user", "content": "¿Qué es la equivalencia de estudios?"},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No lo sé."}], "refusal": "No lo sé."},
        {"role": "function", "name": "buscar", "content": "nada"},
        {"role": "user", "content": "¿y cuánto tarda?"},
    ]
    response = client.post(DOOR, json={"messages": messages, "stream": True, "stream_options": {"include_usage": None}})
    assert response.status_code == 200
    assert events(response)[-1]["grounding"]["rule_id"] == "equivalencia_duracion"


@pytest.mark.parametrize("raw", [
    b"{", b"hola", b'{"messages":[{"role":"user","content":"\xff"}]}', b"[" * 10_000 + b"]" * 10_000,
    b'{"messages":[{"role":"user","content":"hola"}],"metadata":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
])  # fmt: skip
def test_what_is_no_json_is_refused(client, raw):
    response = client.post(DOOR, content=raw, headers={"content-type": "application/json"})
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "invalid_json" and "JSON" in error["message"]


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused_even_unannounced(client, announced):
    raw = json.dumps(body("a" * MAX_BODY)).encode()
    content = raw if announced else iter([raw[:100], raw[100:]])
    response = client.post(DOOR, content=content, headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "request_too_large"


def test_other_addresses_answer_in_the_same_shape(client):
    for response, code in ((client.get("/nada"), "not_found"), (client.get(DOOR), "method_not_allowed")):
        assert response.json()["error"]["code"] == code


def test_models_health_and_metrics(client):
    model = client.get("/v1/models").json()["data"][0]["id"]
    assert client.post(DOOR, json=body("hola")).json()["model"] == model
    assert client.get("/health/live").json() == {"status": "ok"}
    ready = client.get("/health/ready")
    assert ready.status_code == 200 and ready.json()["status"] == "ok" and ready.json()["passages"] > 300
    metrics = client.get("/metrics").text
    assert 'llm_answers_total{kind="no_answer"}' in metrics and "llm_answer_seconds_count" in metrics


def test_a_backend_that_can_not_answer_makes_the_service_not_ready():
    assistant = breaking_assistant()
    assistant.backend.ready = lambda: False
    response = TestClient(create_app(assistant)).get("/health/ready")
    assert response.status_code == 503 and response.json()["status"] == "unavailable"


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=300))
def test_any_text_gets_an_answer_or_a_clear_refusal(client, text):
    response = client.post(DOOR, json=body(text))
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        assert response.json()["grounding"]["kind"] in ("quoted", "no_answer")
