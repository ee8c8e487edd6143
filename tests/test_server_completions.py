"""OpenAI's API at the gateway's door: rules answer as they do at /chat, the llm service the rest."""
import gzip
import json
import socket
import sqlite3
import time
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import jsonschema
import openai
import pytest

from llm.assistant import Assistant
from llm.service import create_app as create_llm
from server import incoming
from server.app import create_app
from server.settings import Settings
from tests.server_parts import CALM, RULES, free_port, serving, tiny_office

DEAD = f"http://127.0.0.1:{free_port()}"
WHERE, PRICE = RULES[0], RULES[1]
DOCUMENTED = "qué careta se usa para soldar"


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """The gateway of a tiny office beside the real llm service, and one whose llm service is gone; no Rasa."""
    folder = tmp_path_factory.mktemp("office")
    locations, log = tiny_office(folder / "o", RULES), folder / "turns.sqlite3"
    settings = Settings(**CALM, rasa_url=DEAD, actions_url=DEAD, llm_url=DEAD, turn_log=log)
    with (
        serving(create_llm(Assistant.load(locations))) as llm_url,
        serving(create_app(settings.model_copy(update={"llm_url": llm_url}), locations)) as url,
        serving(create_app(settings.model_copy(update={"turn_log": folder / "alone.sqlite3"}), locations)) as alone,
    ):
        yield SimpleNamespace(url=url, alone=alone, llm=llm_url, log=log)


@pytest.fixture
def client(parts):
    with openai.OpenAI(base_url=f"{parts.url}/v1", api_key="ninguna", max_retries=0) as made:
        yield made


def user(*texts):
    return [{"role": "user", "content": text} for text in texts]


def ask(client, messages, **more):
    reply = client.chat.completions.create(model="cse", messages=messages, **more)
    return reply.choices[0].message.content, reply.model_extra["grounding"]


def test_a_rule_answers_word_for_word_with_its_origin(client):
    text, grounding = ask(client, user(WHERE["preguntas"][0]))
    assert text == WHERE["respuesta"]
    assert (grounding["kind"], grounding["rule_id"], grounding["topic_rule"]) == ("official", "regla_uno", "regla_uno")
    assert grounding["sources"][0]["title"] == WHERE["fuente"]
    assert grounding["suggestions"][0]["message"] == PRICE["preguntas"][0]


def test_greetings_are_answered_as_greetings(client):
    assert ask(client, user("buenos días"))[1]["kind"] == "small_talk"


def test_what_no_rule_answers_is_the_llm_services(client):
    text, grounding = ask(client, user(DOCUMENTED))
    assert "careta verde" in text and grounding["kind"] == "quoted" and grounding["passages"]


def test_a_stream_gives_the_same_and_its_usage(client):
    for question in (WHERE["preguntas"][1], DOCUMENTED):
        whole = client.chat.completions.create(model="cse", messages=user(question))
        stream = client.chat.completions.create(
            model="cse", messages=user(question), stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
        written = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert written == whole.choices[0].message.content
        assert chunks[-1].usage == whole.usage
        ends = [chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason]
        assert [end.model_extra["grounding"] for end in ends] == [whole.model_extra["grounding"]]


def test_what_a_client_bounds_is_cut_of_a_rules_answer_too(client):
    reply = client.chat.completions.create(model="cse", messages=user(WHERE["preguntas"][0]), stop="\n")
    assert reply.choices[0].message.content == "Junto al **almacén**."


def test_a_button_of_the_last_answer_is_picked_by_its_place(client):
    said = [*user(WHERE["preguntas"][0]), {"role": "assistant", "content": WHERE["respuesta"]}, *user("la 1")]
    assert ask(client, said)[0] == PRICE["respuesta"]
    assert ask(client, user(WHERE["preguntas"][0], "la 1"))[0] == PRICE["respuesta"], "answers need not be kept"


@pytest.mark.parametrize("unanswered", [DOCUMENTED, "¿quién atiende el taller mecánico?", "¿el taller mecánico tiene careta?"])
@pytest.mark.parametrize("keeps_answers", [True, False])
def test_a_button_below_what_no_rule_answered_is_picked_too(client, unanswered, keeps_answers):
    text, grounding = ask(client, user(unanswered))
    assert grounding["kind"] in ("quoted", "no_answer")
    given = [{"role": "assistant", "content": text}] if keeps_answers else []
    assert grounding["suggestions"]
    for place, button in enumerate(grounding["suggestions"], 1):
        said = [*user(unanswered), *given, *user(f"la {place}")]
        assert ask(client, said)[0] == ask(client, user(button["message"]))[0]


def test_a_button_below_an_answer_that_was_itself_picked_is_picked(client):
    first = ask(client, user(DOCUMENTED))[1]["suggestions"][0]["message"]
    second = ask(client, user(first))[1]["suggestions"][0]["message"]
    assert ask(client, user(DOCUMENTED, "la 1", "1"))[0] == ask(client, user(second))[0]


def test_what_looks_like_a_button_is_passed_on_where_none_was_shown(client, parts):
    assert ask(client, user("hola", "la 1"))[1]["kind"] == "no_answer"
    gone = httpx.post(f"{parts.alone}/v1/chat/completions", json={"messages": user(DOCUMENTED, "la 1")})
    assert (gone.status_code, gone.json()["error"]["code"]) == (503, "service_unavailable")
    kept = httpx.post(f"{parts.alone}/v1/chat/completions", json={"messages": user(WHERE["preguntas"][0], "la 1")})
    assert kept.json()["choices"][0]["message"]["content"] == PRICE["respuesta"]


def test_rules_answer_while_the_llm_service_is_gone(parts):
    reply = httpx.post(f"{parts.alone}/v1/chat/completions", json={"messages": user(WHERE["preguntas"][0])}).json()
    assert reply["choices"][0]["message"]["content"] == WHERE["respuesta"]
    gone = httpx.post(f"{parts.alone}/v1/chat/completions", json={"messages": user(DOCUMENTED)})
    assert (gone.status_code, gone.json()["error"]["code"]) == (503, "service_unavailable")


@pytest.mark.parametrize("encode", [
    lambda body: b"\xef\xbb\xbf" + body.encode(), lambda body: body.encode("utf-16"),
    lambda body: body.replace("}]", '}], "metadata": {"k": "\\ud83d"}').encode(),
])  # fmt: skip
def test_however_a_body_is_written_rules_answer(parts, encode):
    body = encode(json.dumps({"messages": user(WHERE["preguntas"][0])}))
    reply = httpx.post(f"{parts.url}/v1/chat/completions", content=body, headers={"Content-Encoding": "identity"})
    assert reply.json()["choices"][0]["message"]["content"] == WHERE["respuesta"]


def test_a_packed_body_is_refused_in_openais_shape(parts):
    packed = gzip.compress(json.dumps({"messages": user("hola")}).encode())
    reply = httpx.post(f"{parts.url}/v1/chat/completions", content=packed, headers={"Content-Encoding": "gzip"})
    assert reply.status_code == 415 and set(reply.json()["error"]) == {"message", "type", "param", "code"}
    assert "sin comprimir" in reply.json()["error"]["message"]


STRANGE = [
    "كيف يمكنني التسجيل؟", "我怎么注册？", "Как мне записаться?", "😀🎉", "👨‍👩‍👧‍👦", "-5", "saqué -3 en cálculo",
    "a" * 1000, "a" * 5000, "(" * 1000, "\ufdfa" * 1000, "a" + "\u0301" * 900, "y " * 490, "¿? " * 330,
    "\ud800", "hola \udc00", "\0",
]  # fmt: skip


@pytest.mark.parametrize("path", [
    "/chat", "/webhooks/rest/webhook", "/webhooks/rest/webhook?stream=true", "/v1/chat/completions",
])  # fmt: skip
def test_a_strange_message_is_answered_or_refused_with_the_cause_at_every_door(parts, path):
    for message in STRANGE:
        said = {"messages": user(message)} if path.startswith("/v1") else {"message": message}
        headers = {"Content-Type": "application/json"}
        reply = httpx.post(parts.url + path, content=json.dumps(said), headers=headers, timeout=20)
        assert reply.status_code in (200, 400, 422), message
        assert reply.text.strip() if reply.status_code == 200 else reply.json()["error"]["message"].endswith("."), message


def test_a_body_that_never_comes_is_given_up(parts, monkeypatch):
    monkeypatch.setattr(incoming, "_SECONDS", 0.2)
    host, port = urlsplit(parts.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{\"mess")
        assert line.recv(100).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("spoilt", ["\0", "\x07", "\x7f"])
def test_what_chat_refuses_in_a_message_is_refused_here_too(parts, spoilt):
    text = json.dumps(WHERE["preguntas"][0].replace("taller", f"ta{spoilt}ller"))
    headers = {"Content-Type": "application/json"}
    chat = httpx.post(f"{parts.url}/chat", content=f'{{"message": {text}}}', headers=headers)
    body = f'{{"messages": [{{"role": "user", "content": {text}}}]}}'
    completion = httpx.post(f"{parts.url}/v1/chat/completions", content=body, headers=headers)
    assert (chat.status_code, completion.status_code) == (422, 400)
    assert completion.json()["error"]["message"] == chat.json()["error"]["message"]


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/v1/chat/completions", 405), ("POST", "/v1/embeddings", 404), ("GET", "/v1/models/otro", 404),
])  # fmt: skip
def test_errors_below_v1_have_openais_shape(parts, method, path, status):
    reply = httpx.request(method, parts.url + path)
    assert reply.status_code == status and set(reply.json()["error"]) == {"message", "type", "param", "code"}


def test_the_description_holds(parts):
    described = httpx.get(f"{parts.url}/openapi.json").json()
    door = described["paths"]["/v1/chat/completions"]["post"]
    request = door["requestBody"]["content"]["application/json"]
    jsonschema.validate(request["example"], {**request["schema"], "components": described["components"]})
    known = set(described["components"]["schemas"]["OpenAIGrounding"]["properties"])
    for question in ("hola", DOCUMENTED):
        reply = httpx.post(f"{parts.url}/v1/chat/completions", json={"messages": user(question)}).json()
        assert set(reply["grounding"]) <= known
    for question, status in (("hola", "200"), (" ", "4XX")):
        reply = httpx.post(f"{parts.url}/v1/chat/completions", json={"messages": user(question)})
        schema = door["responses"][status]["content"]["application/json"]["schema"]
        jsonschema.validate(reply.json(), {**schema, "components": described["components"]})


def test_what_can_t_be_answered_is_refused_as_the_llm_service_does(parts):
    question = user(WHERE["preguntas"][0])
    for body in ({"messages": []}, {"messages": question, "n": 2}, {"messages": user(" ")}, {}, [], "hola"):
        ours, theirs = (httpx.post(f"{url}/v1/chat/completions", json=body) for url in (parts.url, parts.llm))
        assert (ours.status_code, ours.json()) == (theirs.status_code, theirs.json())
        assert 400 <= ours.status_code < 500
    large = httpx.post(f"{parts.url}/v1/chat/completions", content=b" " * 600_000)
    assert (large.status_code, large.json()["error"]["code"]) == (413, "request_too_large")


def test_the_models_are_the_llm_services(client):
    assert "cse" in [model.id for model in client.models.list()]
    assert client.models.retrieve("cse").id == "cse"


def test_what_a_rule_answered_is_logged(parts, client):
    question = WHERE["preguntas"][2]
    ask(client, user(question))
    end, row = time.monotonic() + 5, None
    while row is None and time.monotonic() < end:
        with sqlite3.connect(parts.log) as database:
            row = database.execute("SELECT kind, rule_id, degraded FROM turn WHERE message = ?", (question,)).fetchone()
        time.sleep(0.02)
    assert row == ("official", "regla_uno", 0)
