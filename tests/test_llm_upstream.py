"""A model behind another server: what is asked of it, and what happens when it fails."""
import contextlib
import json
import logging
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from llm import upstream
from llm.prompt import build_prompt
from llm.quoting import sentences
from llm.service import create_app
from llm.upstream import Upstream
from llm.writer import WriterError
from nlu.payload import KIND_GENERATED, KIND_QUOTED
from tests.llm_parts import assistant_with, parts, quoting_assistant, serving, task_for

QUESTION = "¿Qué es la seriación?"


def chunk(text):
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}


class Server:
    """An HTTP server that answers each completion with ``status`` and ``events``, and keeps what it is asked."""

    def __init__(self, events=(), status=200, pause=0.0):
        self.events, self.status, self.pause = list(events), status, pause
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.reply("application/json", b'{"object": "list", "data": []}')

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append((self.path, self.headers.get("Authorization"), body))
                lines = [e if isinstance(e, str) else f"data: {json.dumps(e)}" for e in outer.events]
                self.reply("text/event-stream", "".join(f"{line}\n\n" for line in lines).encode())

            def reply(self, kind, content):
                time.sleep(outer.pause)
                self.send_response(outer.status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):  # the client may be gone
                    self.wfile.write(content)

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


def a_prompt():
    return build_prompt(QUESTION, None, ()).text


def test_the_question_goes_as_one_user_message_without_turn_marks():
    role, usage = {"choices": [{"delta": {"role": "assistant"}}]}, {"choices": []}
    events = [role, chunk("[1] La "), chunk("seriación"), usage, "data: [DONE]"]
    with Server(events) as server:
        writer = Upstream(server.url + "/", "gemma", "secreto")
        assert list(writer.stream(a_prompt())) == ["[1] La ", "seriación"]
        path, authorization, body = server.asked[0]
    assert path == "/v1/chat/completions" and authorization == "Bearer secreto"
    assert body["model"] == "gemma" and body["stream"] is True and body["temperature"] == 0
    assert body["messages"] == [{"role": "user", "content": f"Pregunta: {QUESTION}"}]


@pytest.mark.parametrize(
    "server",
    [
        {"status": 500},
        {"status": 404},
        {"events": ["data: {"]},
        {"events": ["data: []"]},
        {"events": ['data: {"error": "overloaded"}']},
        {"events": [chunk("a")]},
    ],
)
def test_a_server_that_fails_is_a_writers_error_whatever_it_sends(server):
    with Server(**server) as made, pytest.raises(WriterError):
        list(Upstream(made.url, "m").stream(a_prompt()))


def test_a_server_that_is_too_slow_is_an_error_too():
    with Server([chunk("a")], pause=2) as server:
        start = time.monotonic()
        with pytest.raises(WriterError):
            list(Upstream(server.url, "m", seconds=0.3).stream(a_prompt()))
        assert time.monotonic() - start < 1.5


def test_a_dead_server_is_logged_once_rested_and_asked_again(monkeypatch, caplog):
    monkeypatch.setattr(upstream, "_PAUSE_SECONDS", 0.2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    writer = Upstream(f"http://127.0.0.1:{port}/v1", "m")
    assert writer.ready()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            with pytest.raises(WriterError):
                list(writer.stream(a_prompt()))
    assert len([r for r in caplog.records if r.name == "llm.upstream"]) == 1
    assert not writer.ready()
    with Server([chunk("a"), "data: [DONE]"]) as server:
        writer._url = server.url
        time.sleep(0.3)
        assert writer.ready() and list(writer.stream(a_prompt())) == ["a"]


def test_its_answers_are_checked_like_any_models():
    true = sentences(task_for(quoting_assistant(), QUESTION).hits[0].passage.text)[0]
    events = [chunk("[1] "), chunk(true[:30]), chunk(true[30:] + " Cuesta $20."), "data: [DONE]"]
    with Server(events) as server:
        _, answer = parts(assistant_with(Upstream(server.url, "gemma"), seconds=60), QUESTION)
    assert answer.kind == KIND_GENERATED
    assert answer.text.startswith(true) and "20" not in answer.text


def test_without_the_server_the_passage_is_quoted_and_health_says_degraded():
    from fastapi.testclient import TestClient

    assistant = assistant_with(Upstream("http://127.0.0.1:9/v1", "gemma"))
    with TestClient(create_app(assistant)) as client:
        assert client.get("/health/ready").json()["status"] == "ok"
        reply = client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": QUESTION}]}).json()
        assert reply["grounding"]["kind"] == KIND_QUOTED and reply["model"] == "gemma"
        ready = client.get("/health/ready")
    assert ready.status_code == 200 and ready.json()["status"] == "degraded"


def test_our_own_service_can_be_the_server():
    """It reads the prompt as a question and quotes; that is checked like any model's answer."""
    with serving(quoting_assistant()) as url:
        writer = Upstream(f"{url}/v1", "quoting")
        said = "".join(writer.stream(a_prompt()))
        _, answer = parts(assistant_with(writer), QUESTION)
    _, quoted = parts(quoting_assistant(), QUESTION)
    assert said == quoted.text
    assert answer.kind == KIND_QUOTED and answer.text == quoted.text
