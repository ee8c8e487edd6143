"""The OpenAPI document tells the truth about what the service answers."""
import json

import jsonschema
import pytest
from fastapi.testclient import TestClient

from llm.service import create_app
from tests.llm_parts import breaking_assistant, quoting_assistant

DOOR = "/v1/chat/completions"
QUESTIONS = ["¿Qué es la seriación?", "receta de enchiladas verdes"]


@pytest.fixture(scope="module")
def client():
    with TestClient(create_app(quoting_assistant()), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").json()


def check(document, schema, value):
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(value)


def check_response(document, response, path=None, method="get"):
    described = document["paths"][path or response.request.url.path][method]["responses"]
    answer = described.get(str(response.status_code)) or described["4XX"]
    check(document, answer["content"]["application/json"]["schema"], response.json())


def body(question, **more):
    return {"messages": [{"role": "user", "content": question}], **more}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_reply_is_as_described(client, document, question):
    check_response(document, client.post(DOOR, json=body(question)), method="post")


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_streams_events_are_as_described(client, document, question):
    stream = document["paths"][DOOR]["post"]["responses"]["200"]["content"]["text/event-stream"]["schema"]
    text = client.post(DOOR, json=body(question, stream=True, stream_options={"include_usage": True})).text
    events = [json.loads(line.removeprefix("data: ")) for line in text.split("\n\n") if line.startswith("data: {")]
    for event in events:
        check(document, stream["contentSchema"], event)


@pytest.mark.parametrize(
    ("sent", "headers", "status"),
    [
        ("{}", {}, 400), ("{", {}, 400), (json.dumps(body("hola", n=2)), {}, 400), ("{}", {"content-type": "text/plain"}, 415),
        ('"' + "a" * 600_000, {}, 413),
    ],
)  # fmt: skip
def test_a_refusal_is_as_described(client, document, sent, headers, status):
    response = client.post(DOOR, content=sent.encode(), headers=headers)
    assert response.status_code == status and str(status) in document["paths"][DOOR]["post"]["responses"]
    check_response(document, response, method="post")


def test_a_failure_is_as_described(document):
    with TestClient(create_app(breaking_assistant()), raise_server_exceptions=False) as client:
        response = client.post(DOOR, json=body(QUESTIONS[0]))
    assert response.status_code == 500
    check_response(document, response, method="post")


def test_models_and_readiness_are_as_described(client, document):
    for path in ("/v1/models", "/health/ready"):
        check_response(document, client.get(path))
    for name, status in (("cse", 200), ("otro", 404)):
        response = client.get(f"/v1/models/{name}")
        assert response.status_code == status
        check_response(document, response, "/v1/models/{name}")


def test_the_document_promises_no_error_that_is_never_sent(document):
    assert not any("422" in answer["responses"] for path in document["paths"].values() for answer in path.values())
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, answers in document["paths"].items():
        for content in (answer["content"] for one in answers.values() for answer in one["responses"].values()):
            assert path == "/metrics" or all(kind.get("schema") for kind in content.values()), path
