"""What /openapi.json promises, held against what the gateway does."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import httpx
import jsonschema
import pytest
from fastapi.testclient import TestClient

from llm.assistant import Assistant
from llm.service import create_app as create_llm
from rules.locations import ROOT, Locations
from server.app import create_app
from server.settings import Settings
from server.validation import SENDER_ALIASES
from tests.server_parts import CALM, RULES, RasaStub, serving, tiny_office

TURNS = ["/chat", "/webhooks/rest/webhook"]
# Every refusal and failure of a turn.
REFUSALS = {"400", "408", "413", "415", "422", "429", "500"}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    folder, rasa = tmp_path_factory.mktemp("api"), RasaStub()
    rasa.payload["confidence"] = 0.9312  # a number, as nlu.responses writes it
    with serving(rasa) as rasa_url:
        settings = Settings(
            **CALM, rasa_url=rasa_url, actions_url=rasa_url, llm_url=rasa_url, turn_log=folder / "t.sqlite3"
        )
        app = create_app(settings, tiny_office(folder / "o", RULES))
        with serving(app) as url, httpx.Client(base_url=url, timeout=20) as client:
            yield SimpleNamespace(client=client, rasa=rasa, app=app, schema=client.get("/openapi.json").json())


def check(api, response, path, method):
    """``response`` is one that the description knows, with a body of the shape that it gives."""
    described = api.schema["paths"][path][method]["responses"][str(response.status_code)]["content"]
    schema = described[response.headers["content-type"]]["schema"]
    jsonschema.validate(response.json(), {**schema, "components": api.schema["components"]})


@pytest.mark.parametrize("path", TURNS)
@pytest.mark.parametrize("mode", ["ok", "empty"])
def test_a_turn_answers_in_the_shape_described(api, path, mode):
    api.rasa.mode = mode
    example = api.schema["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"]
    check(api, api.client.post(path, json=example), path, "post")


def test_the_rest_channels_lines_are_of_the_shape_described(api):
    path = "/webhooks/rest/webhook"
    operation = api.schema["paths"][path]["post"]
    assert [(query["name"], query["in"]) for query in operation["parameters"]] == [("stream", "query")]
    schema = operation["responses"]["200"]["content"]["text/event-stream"]["schema"]["contentSchema"]
    lines = api.client.post(f"{path}?stream=true", json={"message": "hola"}).text.splitlines()
    for line in lines:
        jsonschema.validate(json.loads(line), {**schema, "components": api.schema["components"]})
    assert lines


@pytest.mark.parametrize("mode", ["ok", "empty"])
def test_a_payload_of_the_rest_channel_has_no_key_that_is_not_described(api, monkeypatch, mode):
    api.rasa.mode = mode
    # As actions.actions passes on what the llm service says.
    ours = {"topic_rule": "regla_uno", "passages": [{"id": "H1.01", "score": 0.9}], "degraded": True}
    monkeypatch.setattr(api.rasa, "payload", {**api.rasa.payload, **ours})
    message = api.client.post("/webhooks/rest/webhook", json={"message": "hola"}).json()[-1]
    schemas = api.schema["components"]["schemas"]
    described = schemas["RestMessage"]["properties"]["custom"]["anyOf"][0]["$ref"].rpartition("/")[2]
    assert set(message["custom"]) <= set(schemas[described]["properties"])
    assert message["custom"]["degraded"] is True


@pytest.mark.parametrize("path", TURNS)
@pytest.mark.parametrize(("body", "kind"), [
    (b"hola", "application/json"), (b'{"message": "hola"}', "text/plain"), (b"{}", "application/json"),
    (b"x" * 20_000, "application/json"),
])  # fmt: skip
def test_a_refusal_has_the_shape_described(api, path, body, kind):
    response = api.client.post(path, content=body, headers={"Content-Type": kind})
    assert response.status_code >= 400
    check(api, response, path, "post")


def test_a_failure_of_ours_has_the_shape_described(api, monkeypatch):
    async def broken(*_):
        raise RuntimeError("boom")

    monkeypatch.setattr(api.app.state.gateway, "turn", broken)
    # Not the shared client: the server closes this connection.
    response = httpx.post(api.client.base_url.join("/chat"), json={"message": "hola"})
    assert response.status_code == 500
    check(api, response, "/chat", "post")


@pytest.mark.parametrize("path", TURNS)
def test_every_refusal_is_described_and_no_other(api, path):
    assert set(api.schema["paths"][path]["post"]["responses"]) == {"200", *REFUSALS}


@pytest.mark.parametrize("path", TURNS)
def test_all_names_of_the_sender_are_described_and_may_be_null(api, path):
    schema = api.schema["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"message", "sender", *SENDER_ALIASES}
    body = {"message": "hola", **dict.fromkeys(("sender", *SENDER_ALIASES)), "metadata": {"a": 1}}
    jsonschema.validate(body, schema)
    assert api.client.post(path, json=body).status_code == 200


def test_a_conversation_goes_on_under_another_name_of_the_sender(api):
    api.rasa.mode = "ok"
    api.rasa.received.clear()
    for name in SENDER_ALIASES:
        reply = api.client.post("/chat", json={"message": "hola", name: "ana"}).json()
        assert reply["sender"] == "ana"
    assert {request["sender"] for request in api.rasa.received} == {"ana"}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Another office, with nothing in common with ours."""
    folder = ROOT / "tests/system/library"
    return replace(
        Locations.from_environment({}), rules=folder / "rules", documents=folder / "documents",
        office=folder / "oficina.yml", models=tmp_path_factory.mktemp("models"),
    )  # fmt: skip


def test_the_descriptions_speak_of_the_office_of_the_profile_alone(library, tmp_path):
    settings = Settings(**CALM, turn_log=tmp_path / "t.sqlite3")
    door, writer = TestClient(create_app(settings, library)), TestClient(create_llm(Assistant.load(library)))
    for client in (door, writer):
        document = client.get("/openapi.json").json()
        said = document["info"]["title"] + document["info"]["description"]
        assert all(name in said for name in ("BB", "Biblioteca del Barrio", "Municipio de Prueba"))
        assert not re.search(r"\bCSE\b|UAM|[Ee]scolar|reinscri", json.dumps(document, ensure_ascii=False))
    assert "¿Cómo renuevo un préstamo?" in door.get("/openapi.json").text
    assert "BB · Municipio de Prueba" in door.get("/docs").text
    refused = door.post("/chat", json=[]).json()["error"]["message"]
    assert "reinscri" not in refused


def test_health_and_configuration_have_the_shapes_described(api):
    for path in ("/health/live", "/health/ready", "/chat/config"):
        check(api, api.client.get(path), path, "get")
    assert set(api.schema["paths"]["/health/ready"]["get"]["responses"]) == {"200", "503"}


def test_the_metrics_are_described(api):
    described = api.schema["paths"]["/metrics"]["get"]["responses"]["200"]["content"]
    assert list(described) == [api.client.get("/metrics").headers["content-type"]]


def test_a_slash_at_the_end_changes_nothing_and_no_host_is_believed(api):
    lying = {"Host": "evil.example"}
    for path in ("/webhooks/rest", "/webhooks/rest/", "/health/live/"):
        assert api.client.get(path, headers=lying).json() == {"status": "ok"}
    for path in TURNS:
        assert api.client.post(path + "/", json={"message": "hola"}, headers=lying).status_code == 200
    for path in ("/web", "/docs/static", "/nada/", "//evil.example/"):
        response = api.client.get(httpx.URL(str(api.client.base_url).rstrip("/") + path), headers=lying)
        assert response.status_code == 404 and "location" not in response.headers
