"""The gateway over HTTP: with Rasa well, with Rasa failing, and alone."""

import gzip
import http.client
import json
import socket
import sqlite3
import threading
import time
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import pytest

from llm.assistant import Assistant
from llm.service import create_app as create_llm
from rules.office import load_office
from server.app import create_app
from server.logs import JsonFormatter
from server.settings import Settings
from tests.server_parts import CALM, RULES, RasaStub, free_port, serving, tiny_office

KEYS = {
    "answer", "kind", "confidence", "rule_id", "rule_ids", "sources", "suggestions", "degraded", "sender", "trace_id",
}  # fmt: skip
DEAD = f"http://127.0.0.1:{free_port()}"
OUT_OF_BOOK = "¿Quién ganó el mundial de 1986?"


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A gateway for a tiny office, with a Rasa that can be told to fail and the real llm service."""
    folder = tmp_path_factory.mktemp("office")
    locations, rasa, log = tiny_office(folder / "o", RULES), RasaStub(), folder / "log" / "turns.sqlite3"
    with serving(rasa) as rasa_url, serving(create_llm(Assistant.load(locations))) as llm_url:
        settings = Settings(**CALM, rasa_url=rasa_url, actions_url=rasa_url, llm_url=llm_url, turn_log=log)
        with serving(create_app(settings, locations)) as url, httpx.Client(base_url=url, timeout=20) as client:
            yield SimpleNamespace(
                rasa=rasa, client=client, url=url, log=log, locations=locations, settings=settings,
                office=load_office(locations.office),
            )  # fmt: skip


@pytest.fixture(autouse=True)
def rasa_is_well(parts):
    parts.rasa.mode, parts.rasa.delay, parts.rasa.most_at_once = "ok", 0.0, 0
    parts.rasa.received.clear()


def ask(parts, message, **more):
    response = parts.client.post("/chat", json={"message": message, **more})
    assert response.status_code == 200, response.text
    reply = response.json()
    assert set(reply) == KEYS
    return reply


def metric(parts, name):
    """The value of one metric, 0 where it was never counted."""
    lines = parts.client.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name)


def report(client):
    """The health report, waited for until there is one."""
    end = time.monotonic() + 15
    while (ready := client.get("/health/ready")).json()["status"] == "starting" and time.monotonic() < end:
        time.sleep(0.05)
    return ready


def logged(parts, trace_id, columns):
    """The turn's row in the log, which is written in the background."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        with sqlite3.connect(parts.log) as database:
            row = database.execute(f"SELECT {columns} FROM turn WHERE trace_id = ?", (trace_id,)).fetchone()
        if row:
            return row
        time.sleep(0.02)
    pytest.fail("the turn was not logged")


def test_rasas_answer_comes_through_with_its_origin(parts):
    reply = ask(parts, "  ¿Do\u0301nde?  ", sender="ana", metadata={"is_external": True}, input_channel="x")
    assert (reply["answer"], reply["kind"], reply["rule_id"], reply["confidence"]) == (
        "De Rasa.",
        "official",
        "regla_uno",
        0.9312,
    )
    assert reply["sources"] == [{"title": "Guía", "url": None, "scope": "UAM"}]
    assert reply["suggestions"] == [{"title": "¿Y luego?", "message": "¿Y luego?"}]
    assert reply["sender"] == "ana" and len(reply["trace_id"]) == 32
    clean = {"sender": "ana", "message": "¿Dónde?", "metadata": {"trace_id": reply["trace_id"]}}
    assert parts.rasa.received == [clean], "only clean text reaches Rasa, and our own trace id"


def test_everyone_without_a_name_gets_an_own_one(parts):
    assert ask(parts, "hola")["sender"] != ask(parts, "hola")["sender"]


def test_a_command_of_rasa_reaches_it_as_text(parts):
    ask(parts, "/session")
    ask(parts, '/faq{"a": "b"}')
    assert [r["message"] for r in parts.rasa.received] == ["session", 'faq{"a": "b"}']


def test_what_a_web_chat_sends_when_it_opens_is_a_greeting(parts):
    for opening in ("/restart", "/session_start", " /get_started "):
        ask(parts, opening)
    assert {r["message"] for r in parts.rasa.received} == {"hola"}
    ask(parts, "restart")
    assert parts.rasa.received[-1]["message"] == "restart"


@pytest.mark.parametrize("mode", ["empty", "slow", "garbage", "error", "no_payload", "bad_kind"])
def test_when_rasa_fails_the_rule_is_answered_word_for_word(parts, mode):
    parts.rasa.mode = mode
    reply = ask(parts, "¿Dónde está el taller mecánico?")
    assert reply["answer"] == RULES[0]["respuesta"].strip()
    assert (reply["kind"], reply["rule_id"]) == ("official", "regla_uno")
    assert reply["sources"] == [{"title": "Plano del taller", "url": "https://taller.example.mx", "scope": "UAM-I"}]
    assert reply["suggestions"] == [{"title": "¿Cuánto cuesta el martillo?", "message": "¿Cuánto cuesta el martillo?"}]


def test_the_degraded_say_so_in_the_reply_the_log_and_the_metrics(parts):
    name = 'cse_turns_total{degraded="true",kind="official"}'
    before = metric(parts, name)
    well = ask(parts, "¿Dónde está el taller mecánico?")
    parts.rasa.payload["degraded"] = True
    try:
        by_action = ask(parts, "¿Dónde está el taller mecánico?")
    finally:
        del parts.rasa.payload["degraded"]
    parts.rasa.mode = "empty"
    without_rasa = ask(parts, "¿Dónde está el taller mecánico?")
    assert [reply["degraded"] for reply in (well, by_action, without_rasa)] == [False, True, True]
    assert [logged(parts, reply["trace_id"], "degraded")[0] for reply in (well, by_action, without_rasa)] == [0, 1, 1]
    assert metric(parts, name) == before + 2


def test_one_senders_burst_goes_one_by_one_and_switches_nothing_off(parts, tmp_path):
    parts.rasa.delay = 0.3
    settings = parts.settings.model_copy(update={"breaker_failures": 1, "turn_log": tmp_path / "t.sqlite3"})
    replies = []
    with serving(create_app(settings, parts.locations)) as url:

        def one():
            body = {"message": "hola", "sender": "ana"}
            replies.append(httpx.post(f"{url}/chat", json=body, timeout=20))

        threads = [threading.Thread(target=one) for _ in range(20)]
        for thread in threads:
            thread.start()
        other = httpx.post(f"{url}/chat", json={"message": "hola", "sender": "eva"}, timeout=20).json()
        for thread in threads:
            thread.join()
    good = [reply for reply in replies if reply.status_code == 200]
    refused = [reply for reply in replies if reply.status_code == 429]
    assert len(good) >= 5 and len(good) + len(refused) == 20 and refused and parts.rasa.most_at_once == 1
    assert {reply.json()["answer"] for reply in good} | {other["answer"]} == {"De Rasa."}
    assert {reply.headers["Retry-After"] for reply in refused} == {"2"}
    assert "mensajes anteriores" in refused[0].json()["error"]["message"]


def test_when_rasa_fails_kinds_follow_the_rules_types(parts):
    parts.rasa.mode = "empty"
    assert ask(parts, "precio del martillo")["kind"] == "no_answer"
    assert ask(parts, "hola")["kind"] == "small_talk"


def test_when_rasa_fails_an_unsure_question_is_quoted_from_the_documents(parts):
    parts.rasa.mode = "empty"
    reply = ask(parts, "¿Qué careta con filtro se usa para soldar?")
    assert reply["kind"] == "quoted" and "careta verde con filtro oscuro" in reply["answer"]
    assert reply["sources"][0]["title"] and reply["rule_id"] is None


def test_when_nothing_is_found_it_says_so(parts):
    parts.rasa.mode = "empty"
    reply = ask(parts, OUT_OF_BOOK)
    assert reply["kind"] == "no_answer"
    assert reply["answer"].startswith((parts.office.no_answer, parts.office.foreign))


def test_the_webhook_passes_rasas_own_list_through(parts):
    response = parts.client.post(
        "/webhooks/rest/webhook?stream=false&token=x", json={"sender": "ana", "message": "hola"}
    )
    assert response.status_code == 200
    assert response.json() == [
        {"recipient_id": "ana", "text": "De Rasa.", "buttons": [{"title": "¿Y luego?", "payload": "¿Y luego?"}]},
        {"recipient_id": "ana", "custom": parts.rasa.payload},
    ]  # fmt: skip
    assert parts.client.get("/webhooks/rest/").json() == {"status": "ok"}


@pytest.mark.parametrize("mode", ["ok", "empty"])
def test_the_webhook_streams_each_message_in_its_line_as_rasas_does(parts, mode):
    parts.rasa.mode = mode
    asked = {"sender": "ana", "message": "¿Dónde está el taller mecánico?"}
    whole = parts.client.post("/webhooks/rest/webhook", json=asked).json()
    # With the token that «rasa shell» sends.
    with parts.client.stream("POST", "/webhooks/rest/webhook?stream=True&token=", json=asked) as response:
        lines = list(response.iter_lines())
    assert response.headers["content-type"].startswith("text/event-stream")
    assert [json.loads(line) for line in lines] == whole and len(whole) > 1


def test_a_stream_that_can_t_be_given_is_refused_as_a_list_is(parts):
    response = parts.client.post("/webhooks/rest/webhook?stream=true", json={"message": " "})
    assert response.status_code == 422 and response.json()["error"]["field"] == "message"


def test_the_webhook_answers_in_rasas_shape_when_rasa_fails(parts):
    parts.rasa.mode = "empty"
    asked = {"sender": "ana", "message": "¿Dónde está el taller mecánico?"}
    paragraphs = parts.client.post("/webhooks/rest/webhook", json=asked).json()[:-1]
    assert [message["text"] for message in paragraphs] == RULES[0]["respuesta"].split("\n\n")
    text, custom = parts.client.post("/webhooks/rest/webhook", json={"sender": "ana", "message": "hola"}).json()
    assert text == {"recipient_id": "ana", "text": "¡Hola!"}
    assert custom["recipient_id"] == "ana" and custom["custom"]["kind"] == "small_talk"
    assert set(custom["custom"]) == KEYS - {"answer", "sender", "trace_id"}


@pytest.mark.parametrize("mode", ["ok", "empty"])
def test_the_webhook_has_the_suggestions_as_rasas_buttons_below_the_last_text(parts, mode):
    offered = [{"title": "¿Y la beca?", "message": "¿Y la beca?"}]
    parts.rasa.payload = {**parts.rasa.payload, "suggestions": offered}
    parts.rasa.mode = mode
    asked = {"sender": "ana", "message": "¿Dónde está el taller mecánico?"}
    *earlier, text, custom = parts.client.post("/webhooks/rest/webhook", json=asked).json()
    shown = [{"title": button["message"], "message": button["message"]} for button in custom["custom"]["suggestions"]]
    assert shown and text["buttons"] == [{"title": button["title"], "payload": button["message"]} for button in shown]
    assert not any("buttons" in message for message in earlier)


@pytest.mark.parametrize("path", ["/chat", "/webhooks/rest/webhook"])
@pytest.mark.parametrize(("body", "kind", "status", "field"), [
    (b"hola", "application/json", 400, None), (b"", "application/json", 400, None),
    (b"[]", "application/json", 400, None),
    (b'{"message": "hola"}', "text/plain", 415, None),
    (b"message=hola", "application/x-www-form-urlencoded", 415, None),
    (b"{}", "application/json", 422, "message"), (b'{"message": 5}', "application/json", 422, "message"),
    (b'{"message": "a", "sender": true}', "application/json", 422, "sender"),
    (b'{"message": "' + b"a" * 20_000 + b'"}', "application/json", 413, None),
])  # fmt: skip
def test_bad_input_gets_one_clear_spanish_message(parts, path, body, kind, status, field):
    response = parts.client.post(path, content=body, headers={"Content-Type": kind})
    assert response.status_code == status
    error = response.json()
    assert set(error) == {"error"} and set(error["error"]) == {"message", "field"} and error["error"]["field"] == field
    assert error["error"]["message"].strip() and not parts.rasa.received


@pytest.mark.parametrize("path", ["/chat", "/webhooks/rest/webhook"])
@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP, deflate"])
def test_a_packed_body_is_refused_with_the_cause(parts, path, encoding):
    packed = gzip.compress(b'{"message": "hola"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    response = parts.client.post(path, content=packed, headers=headers)
    assert response.status_code == 415 and "sin comprimir" in response.json()["error"]["message"]
    assert not parts.rasa.received


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
def test_a_body_that_says_it_is_not_packed_is_read(parts, encoding):
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    assert parts.client.post("/chat", content=b'{"message": "hola"}', headers=headers).status_code == 200


def test_a_huge_body_is_refused_without_being_kept(parts):
    address = urlsplit(parts.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    connection.request(
        "POST",
        "/chat",
        body=(b"x" * 65536 for _ in range(64)),
        headers={"Content-Type": "application/json"},
        encode_chunked=True,
    )
    response = connection.getresponse()
    assert response.status == 413 and "KiB" in json.loads(response.read())["error"]["message"]
    connection.close()


def test_who_leaves_in_the_middle_of_a_body_is_no_failure_of_ours(parts, caplog):
    before = metric(parts, 'cse_refused_total{status="499"}')
    address = urlsplit(parts.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = "POST /chat HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
        connection.sendall(head.encode() + b'{"message": "ho')
        time.sleep(0.2)
    end = time.monotonic() + 5
    while metric(parts, 'cse_refused_total{status="499"}') == before and time.monotonic() < end:
        time.sleep(0.05)
    assert metric(parts, 'cse_refused_total{status="499"}') == before + 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_refusals_of_every_kind_are_counted(parts):
    counted = {status: f'cse_refused_total{{status="{status}"}}' for status in (404, 405, 422)}
    before = {status: metric(parts, name) for status, name in counted.items()}
    parts.client.get("/nada")
    parts.client.get("/chat")
    parts.client.post("/chat", json={})
    assert {status: metric(parts, name) for status, name in counted.items()} == {s: n + 1 for s, n in before.items()}


@pytest.mark.parametrize("path", [
    "/", "/health/live", "/health/ready", "/metrics", "/docs", "/openapi.json", "/chat/config", "/favicon.ico",
    "/web/chat.js", "/webhooks/rest", "/v1/models", "/v1/models/cse",
])  # fmt: skip
def test_whatever_can_be_read_can_be_asked_with_head(parts, path):
    report(parts.client)
    read, response = parts.client.get(path), parts.client.head(path)
    assert (response.status_code, response.content) == (200, b"") and read.content
    assert response.headers["content-type"] == read.headers["content-type"]


def test_head_finds_no_more_than_get(parts):
    assert parts.client.head("/nada").status_code == 404
    turn = parts.client.head("/chat")
    assert (turn.status_code, turn.headers["allow"]) == (405, "POST")


def test_turns_that_could_not_be_logged_show_in_metrics_and_health(parts, tmp_path):
    (tmp_path / "t.sqlite3").mkdir()
    settings = parts.settings.model_copy(update={"turn_log": tmp_path / "t.sqlite3"})
    with serving(create_app(settings, parts.locations)) as url, httpx.Client(base_url=url, timeout=20) as client:
        client.post("/chat", json={"message": "hola"})
        end = time.monotonic() + 10
        while report(client).json()["parts"]["turn_log"]["status"] == "ok" and time.monotonic() < end:
            time.sleep(0.05)
        assert report(client).json()["parts"]["turn_log"] == {"status": "failed", "detail": "1 turns were not logged"}
        assert report(client).json()["status"] == "degraded" and "\ncse_turns_lost_total 1.0" in client.get("/metrics").text


def test_what_does_not_exist_is_said_in_spanish(parts):
    missing, wrong = parts.client.get("/nada"), parts.client.get("/chat")
    assert missing.status_code == 404 and "No existe" in missing.json()["error"]["message"]
    assert wrong.status_code == 405 and "POST" in wrong.json()["error"]["message"] and wrong.headers["allow"] == "POST"


def test_docs_and_metrics_are_there(parts):
    ask(parts, "hola")
    schema = parts.client.get("/openapi.json").json()
    assert {"/chat", "/webhooks/rest/webhook", "/health/live", "/health/ready"} <= set(schema["paths"])
    assert parts.client.get("/docs").status_code == 200
    assert 'cse_turns_total{degraded="false",kind="official"}' in parts.client.get("/metrics").text


def test_each_turn_is_logged_without_the_senders_name(parts):
    parts.rasa.mode = "empty"
    reply = ask(parts, "qué onda", sender="juana-5512345678")
    row = logged(parts, reply["trace_id"], "message, answer, kind, rule_id, degraded, sender")
    assert row[:5] == ("qué onda", "¡Hola!", "small_talk", "regla_tres", 1)
    assert "juana" not in row[5] and len(row[5]) == 64


@pytest.mark.parametrize("mode", ["ok", "empty"])
def test_the_decision_is_kept_with_the_turn_and_never_shown_to_the_student(parts, mode, caplog):
    parts.rasa.mode = mode
    caplog.set_level("INFO", logger="server.gateway")
    reply = ask(parts, "qué onda, mi matrícula es 2203099")
    trace = json.loads(logged(parts, reply["trace_id"], "trace")[0])
    assert trace["trace_id"] == reply["trace_id"] and "2203099" in trace["normalized"]
    line = next(record for record in caplog.records if record.getMessage() == "turn")
    assert line.decision == {**trace, "normalized": None}, "the log on stdout holds nothing that people wrote"
    assert "2203099" not in JsonFormatter().format(line) and trace["trace_id"] in JsonFormatter().format(line)


def test_the_webhook_shows_no_decision_either(parts):
    asked = {"sender": "ana", "message": "hola"}
    messages = parts.client.post("/webhooks/rest/webhook", json=asked).json()
    assert parts.rasa.received[-1]["metadata"] and "trace" not in json.dumps(messages)


def test_many_at_once_each_get_their_own_answer(parts):
    senders, replies = [f"s{n}" for n in range(40)], {}

    def one(name):
        replies[name] = httpx.post(f"{parts.url}/chat", json={"message": "hola", "sender": name}, timeout=20).json()[
            "sender"
        ]

    threads = [threading.Thread(target=one, args=(name,)) for name in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == {name: name for name in senders}


def test_alone_the_gateway_still_answers_rules_and_is_honest_about_the_rest(parts, tmp_path):
    settings = parts.settings.model_copy(update={
        "rasa_url": DEAD, "llm_url": DEAD, "actions_url": DEAD, "turn_log": tmp_path / "t.sqlite3",
        "breaker_failures": 2,
    })  # fmt: skip
    with serving(create_app(settings, parts.locations)) as url, httpx.Client(base_url=url, timeout=20) as client:
        for _ in range(4):
            assert client.post("/chat", json={"message": "ubicación del taller"}).json()["rule_id"] == "regla_uno"
        reply = client.post("/chat", json={"message": OUT_OF_BOOK}).json()
        assert reply["kind"] == "no_answer" and reply["rule_id"] is None and reply["sources"] == []
        assert reply["answer"] == f"{parts.office.no_answer} {parts.office.where()}"
        ready = report(client)
        assert ready.status_code == 200 and ready.json()["status"] == "degraded"


def test_a_turn_never_lasts_longer_than_its_deadline(parts, tmp_path):
    parts.rasa.mode = "slow"
    settings = parts.settings.model_copy(update={
        "rasa_timeout": 5.0, "turn_timeout": 0.4, "turn_log": tmp_path / "t.sqlite3",
    })  # fmt: skip
    with serving(create_app(settings, parts.locations)) as url:
        start = time.monotonic()
        reply = httpx.post(f"{url}/chat", json={"message": OUT_OF_BOOK}, timeout=20).json()
        assert time.monotonic() - start < 1.2 and reply["kind"] == "no_answer"


def test_a_rule_book_that_cant_be_read_leaves_rasa_answering(parts, tmp_path):
    locations = tiny_office(tmp_path / "o", RULES)
    (locations.rules / "prueba.yml").write_text("reglas: [", encoding="utf-8")
    settings = parts.settings.model_copy(update={"turn_log": tmp_path / "t.sqlite3"})
    with serving(create_app(settings, locations)) as url, httpx.Client(base_url=url, timeout=20) as client:
        assert client.post("/chat", json={"message": "hola"}).json()["answer"] == "De Rasa."
        ready = report(client).json()
        assert ready["status"] == "degraded" and ready["parts"]["matcher"]["status"] == "failed"


def test_other_pages_may_chat_only_when_allowed(parts, tmp_path):
    origin = {"Origin": "https://escolares.example.mx"}
    assert (
        "access-control-allow-origin"
        not in parts.client.post("/chat", json={"message": "hola"}, headers=origin).headers
    )
    settings = parts.settings.model_copy(update={"cors_origins": origin["Origin"], "turn_log": tmp_path / "t.sqlite3"})
    with serving(create_app(settings, parts.locations)) as url:
        response = httpx.post(f"{url}/chat", json={"message": "hola"}, headers=origin, timeout=20)
        assert response.headers["access-control-allow-origin"] == origin["Origin"]


def test_what_parts_lines_and_pages_in_a_paste_is_no_fault(parts):
    question = RULES[0]["preguntas"][0]
    assert ask(parts, f"\u000c{question}\u0085\u000b\r\u2028")["rule_id"] == RULES[0]["id"]
