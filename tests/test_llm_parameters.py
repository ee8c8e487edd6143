"""OpenAI's parameters: what is honoured, what is checked, and what is refused because it can't be had."""
import json

import pytest
from fastapi.testclient import TestClient

from llm.bounds import count_tokens
from llm.service import create_app
from tests.llm_parts import quoting_assistant

DOOR = "/v1/chat/completions"
QUESTION = {"role": "user", "content": "¿Qué es la seriación?"}
TOOL = {"type": "function", "function": {"name": "buscar", "parameters": {}}}


@pytest.fixture(scope="module")
def client():
    with TestClient(create_app(quoting_assistant()), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="module")
def answer(client):
    return ask(client)[0]


def ask(client, **more):
    """The content, the finish reason and the usage's count of a whole reply, equal to a stream's."""
    sent = {"messages": [QUESTION], **more}
    reply = client.post(DOOR, json=sent)
    assert reply.status_code == 200, reply.text
    choice, grounding = reply.json()["choices"][0], reply.json()["grounding"]
    lines = client.post(DOOR, json={**sent, "stream": True, "stream_options": {"include_usage": True}}).text.split("\n\n")
    *chunks, counted = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == choice["message"]["content"]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks][-1] == choice["finish_reason"]
    assert chunks[-1]["grounding"] == grounding and counted["usage"] == reply.json()["usage"]
    return choice["message"]["content"], choice["finish_reason"], counted["usage"]["completion_tokens"]


def refusal(client, sent):
    for body in (sent, {"stream": True, **sent}):
        response = client.post(DOOR, content=json.dumps(body))  # half a pair goes escaped, as clients send it
        assert response.status_code == 400
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error" and error["message"].endswith(".")
    return error


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_an_answer_that_fits_is_whole_and_one_that_does_not_is_cut_at_a_word(client, answer, name):
    size = count_tokens(answer)
    assert ask(client, **{name: size}) == (answer, "stop", size)
    content, reason, counted = ask(client, **{name: 20})
    assert reason == "length" and counted <= 20
    assert answer.startswith(content) and answer[len(content)].isspace()


def test_of_two_limits_the_lower_counts(client):
    assert ask(client, max_tokens=20) == ask(client, max_tokens=20, max_completion_tokens=500)


@pytest.mark.parametrize("wrap", [str, lambda stop: [stop, "nunca dicho"]])
def test_an_answer_ends_before_the_first_stop(client, answer, wrap):
    word = answer.split()[3]
    content, reason, _ = ask(client, stop=wrap(word))
    assert (content, reason) == (answer[: answer.index(word)], "stop")


@pytest.mark.parametrize(
    "more",
    [
        {"temperature": 0, "top_p": 1, "presence_penalty": -2, "frequency_penalty": 2.0, "seed": 7, "user": "ana", "n": 1},
        {"response_format": {"type": "text"}, "modalities": ["text"], "logprobs": False, "stop": []},
        {"tools": [TOOL]}, {"tools": [TOOL], "tool_choice": "auto"}, {"tool_choice": "none"},
        dict.fromkeys(("model", "max_tokens", "stop", "tools", "tool_choice", "audio", "logprobs", "n", "temperature")),
        {"model": "gpt-4o-mini"}, {"campo_desconocido": 1},
    ],
)  # fmt: skip
def test_what_changes_no_answer_is_accepted(client, answer, more):
    assert ask(client, **more)[:2] == (answer, "stop")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 2), ("logprobs", True), ("top_logprobs", 3), ("response_format", {"type": "json_object"}),
        ("response_format", {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}),
        ("tool_choice", "required"), ("tool_choice", {"type": "function", "function": {"name": "buscar"}}),
        ("function_call", {"name": "buscar"}), ("modalities", ["text", "audio"]), ("audio", {"voice": "a", "format": "mp3"}),
    ],
)  # fmt: skip
def test_what_can_not_be_had_is_refused_by_name(client, name, value):
    error = refusal(client, {"messages": [QUESTION], "tools": [TOOL], name: value})
    assert (error["code"], error["param"]) == ("unsupported_parameter", name) and f"«{name}»" in error["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", -0.1), ("temperature", 2.1), ("temperature", "1"), ("top_p", 1.01), ("max_tokens", 0),
        ("max_tokens", 2.5), ("max_tokens", True), ("max_completion_tokens", -1), ("presence_penalty", 3), ("n", 0),
        ("stop", ""), ("stop", ["a"] * 5), ("stop", [""]), ("stop", 3), ("tool_choice", 1), ("stream", "sí"), ("model", 5),
        ("model", "\ud800"), ("stop", "\udfff"), ("stop", ["a", "\udfff"]),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_refused(client, name, value):
    error = refusal(client, {"messages": [QUESTION], name: value})
    assert (error["code"], error["param"]) == ("invalid_value", name)


def test_a_range_is_told(client):
    assert refusal(client, {"messages": [QUESTION], "temperature": 3})["message"] == "«temperature» debe ser a lo más 2."


@pytest.mark.parametrize("earlier", [True, False])
@pytest.mark.parametrize("wrap", [str, lambda text: [{"type": "text", "text": text}]])
def test_half_a_surrogate_pair_is_refused(client, earlier, wrap):
    broken = {"role": "user", "content": wrap("hola \ud800 x")}
    messages = [broken, {"role": "assistant", "content": "Dime."}, QUESTION] if earlier else [broken]
    error = refusal(client, {"messages": messages})
    assert (error["code"], error["param"]) == ("invalid_value", "messages.0.content")
    assert "Unicode" in error["message"]


@pytest.mark.parametrize("kind", [None, "application/json; charset=utf-8", "application/vnd.api+json"])
def test_json_is_read_even_undeclared(client, kind):
    headers = {"content-type": kind} if kind else {}
    assert client.post(DOOR, content=json.dumps({"messages": [QUESTION]}).encode(), headers=headers).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/plain; charset=utf-8"])
def test_json_declared_as_something_else_is_told_so(client, kind):
    response = client.post(DOOR, content=json.dumps({"messages": [QUESTION]}).encode(), headers={"content-type": kind})
    assert response.status_code == 415
    error = response.json()["error"]
    assert error["code"] == "unsupported_content_type" and "application/json" in error["message"]
