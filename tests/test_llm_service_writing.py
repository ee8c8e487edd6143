"""The service over a model: streams that stay valid, clients that leave."""
import json

import httpx
import pytest
from fastapi.testclient import TestClient

from llm.service import create_app
from tests.llm_parts import BROKEN_AFTER, Scripted, assistant_with, breaking_assistant, quoting_assistant, serving, task_for

DOOR = "/v1/chat/completions"
QUESTION = "¿Qué es la seriación?"


def body(**more):
    return {"messages": [{"role": "user", "content": QUESTION}], **more}


def events(text):
    lines = [line for line in text.split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def contents(stream):
    return [e["choices"][0]["delta"]["content"] for e in stream if e["choices"] and "content" in e["choices"][0]["delta"]]


def true_answer():
    return task_for(quoting_assistant(), QUESTION).hits[0].passage.text.replace("**", "")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(true_answer, "generated"), (lambda: "[1] La seriación cuesta $50.", "quoted"), (lambda: "[0] No lo sé.", "quoted")],
)
def test_a_stream_is_valid_and_equal_to_the_whole_whatever_the_model_says(reply, kind):
    with TestClient(create_app(assistant_with(Scripted(reply())))) as client:
        whole = client.post(DOOR, json=body()).json()
        stream = events(client.post(DOOR, json=body(stream=True)).text)
    assert whole["grounding"]["kind"] == kind and whole["model"] == "scripted"
    assert "".join(contents(stream)) == whole["choices"][0]["message"]["content"]
    assert stream[-1]["grounding"] == whole["grounding"]
    assert "$50" not in json.dumps(stream, ensure_ascii=False)


def test_the_first_sentence_comes_before_the_model_has_ended():
    first = true_answer().split(". ")[0] + "."
    writer = Scripted([first, " Y", *[" sigue"] * 20], pause=0.1)
    with (
        serving(assistant_with(writer, seconds=30)) as url,
        httpx.stream("POST", url + DOOR, json=body(stream=True), timeout=20) as response,
    ):
        shown = (line for line in response.iter_lines() if line.startswith("data: {"))
        assert next(text for line in shown if (text := "".join(contents([json.loads(line[6:])]))))
        assert len(writer.written) < len(writer.reply)


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_stops_the_model(stream):
    writer = Scripted(["[1] La ", *["seriación "] * 60], pause=0.1)
    with serving(assistant_with(writer, seconds=30)) as url:
        with pytest.raises(httpx.TimeoutException):
            httpx.post(url + DOOR, json=body(stream=stream), timeout=0.8)
        assert writer.closed.wait(5)
    assert len(writer.written) < len(writer.reply)


def test_a_failure_in_mid_stream_is_told_and_the_answer_never_looks_whole():
    assistant = breaking_assistant()
    with TestClient(create_app(assistant), raise_server_exceptions=False) as client:
        lines = [line for line in client.post(DOOR, json=body(stream=True)).text.split("\n\n") if line]
        metrics = client.get("/metrics").text
    *told, last = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert "".join(contents(told)) == BROKEN_AFTER
    assert last["error"]["code"] == "internal_error" and last["error"]["message"].endswith(".")
    assert 'llm_errors_total{code="internal_error"} 1.0' in metrics
