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
from llm.prompt import ANSWERS, build_prompt
from llm.quoting import sentences
from llm.service import create_app
from llm.upstream import Upstream
from llm.writer import WriterError, read_in_time
from nlu.payload import KIND_GENERATED, KIND_QUOTED
from tests.llm_parts import assistant_with, parts, quoting_assistant, serving, task_for

QUESTION = "¿Qué es la seriación?"


def chunk(text):
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}


class Server:
    """An HTTP server that answers each completion with ``status`` and ``events``, and keeps what it is asked.
    One that ``refuses`` answers that status to a reply begun for it, and ``too_long`` to a prompt with that text."""

    def __init__(self, events=(), status=200, pause=0.0, refuses=None, too_long=None):
        self.events, self.status, self.pause = list(events), status, pause
        self.refuses, self.too_long = refuses, too_long
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.reply("application/json", b'{"object": "list", "data": []}')

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append((self.path, self.headers.get("Authorization"), body))
                refused = outer.refuses if "continue_final_message" in body else None
                if outer.too_long and outer.too_long in body["messages"][0]["content"]:
                    refused = 400
                lines = [e if isinstance(e, str) else f"data: {json.dumps(e)}" for e in outer.events]
                self.reply("text/event-stream", "".join(f"{line}\n\n" for line in lines).encode(), refused)

            def reply(self, kind, content, refused=None):
                time.sleep(outer.pause)
                self.send_response(refused or outer.status)
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


def said(writer, question=QUESTION):
    """The pieces of its reply that have a text."""
    return [piece for piece in writer.stream(build_prompt(question, None, ()).text) if piece]


def test_the_question_goes_as_one_user_message_without_turn_marks():
    role, usage = {"choices": [{"delta": {"role": "assistant"}}]}, {"choices": []}
    events = [role, chunk("[1] La "), chunk("seriación"), usage, "data: [DONE]"]
    with Server(events) as server:
        writer = Upstream(server.url + "/", "gemma", "secreto")
        assert said(writer) == ["[1] La ", "seriación"]
        path, authorization, body = server.asked[0]
    assert path == "/v1/chat/completions" and authorization == "Bearer secreto"
    assert body["model"] == "gemma" and body["stream"] is True and body["temperature"] == 0
    assert body["messages"][0] == {"role": "user", "content": f"Pregunta: {QUESTION}"}


def test_the_reply_is_opened_for_the_model_as_in_this_process():
    """Else a tuned model opens it with its own verdict, which is worth nothing."""
    with Server([chunk(" La seriación"), "data: [DONE]"]) as server:
        assert said(Upstream(server.url, "gemma")) == [" La seriación"]
        body = server.asked[0][2]
    assert body["messages"][1:] == [{"role": "assistant", "content": ANSWERS}]
    assert body["continue_final_message"] is True and body["add_generation_prompt"] is False


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_an_opened_reply_is_asked_plainly_from_then_on(status):
    with Server([chunk("a"), "data: [DONE]"], refuses=status) as server:
        writer = Upstream(server.url, "gemma")
        assert said(writer) == said(writer) == ["a"] and writer.ready()
        opened = [len(body["messages"]) for _, _, body in server.asked]
        assert opened == [2, 1, 1]
        assert not {"continue_final_message", "add_generation_prompt"} & set(server.asked[-1][2])


def test_a_failure_may_mean_the_opened_reply_but_is_not_remembered_as_such():
    with Server([chunk("a"), "data: [DONE]"], refuses=500) as server:
        writer = Upstream(server.url, "gemma")
        assert said(writer) == said(writer) == ["a"]
        assert [len(body["messages"]) for _, _, body in server.asked] == [2, 1, 2, 1]


def test_one_prompt_too_long_silences_nobody_else(caplog):
    with Server([chunk("a"), "data: [DONE]"], too_long="larguísima") as server:
        writer = Upstream(server.url, "gemma")
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                with pytest.raises(WriterError):
                    said(writer, "¿Una pregunta larguísima?")
        assert writer.ready() and said(writer) == ["a"]
        assert len(server.asked[-1][2]["messages"]) == 2  # its opening was not what was refused
    assert len([r for r in caplog.records if r.name == "llm.upstream"]) == 1


@pytest.mark.parametrize(("status", "rests"), [(429, False), (413, False), (500, True), (503, True), (401, True), (404, True)])
def test_only_what_fails_for_everybody_lets_the_server_rest(status, rests):
    with Server(status=status) as server:
        writer = Upstream(server.url, "gemma")
        with pytest.raises(WriterError):
            said(writer)
        assert writer.ready() is not rests


class Endless:
    """A server that sends ``line`` again and again, and notices when the client goes."""

    def __init__(self, line):
        self.left = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.end_headers()
                end = time.monotonic() + 10
                try:
                    while time.monotonic() < end:
                        self.wfile.write(f"{line}\n\n".encode())
                        time.sleep(0.02)
                except OSError:
                    outer.left.set()

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.mark.parametrize(
    "line", [": ping", 'data: {"choices": [{"delta": {"reasoning_content": "Pienso"}}]}', 'data: {"choices": []}']
)
def test_a_server_that_sends_no_text_is_left_at_the_deadline(line):
    server = Endless(line)
    pieces = read_in_time(Upstream(server.url, "gemma").stream(a_prompt()), 0.3, threading.Event())
    with pytest.raises(TimeoutError):
        list(pieces)
    assert server.left.wait(3)
    server.http.shutdown()
    server.http.server_close()


def test_no_proxy_of_the_environment_is_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with Server([chunk("a"), "data: [DONE]"]) as server:
        assert said(Upstream(server.url, "gemma")) == ["a"]


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
        assert writer.ready() and said(writer) == ["a"]


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
        written = "".join(said(writer))
        _, answer = parts(assistant_with(writer), QUESTION)
    _, quoted = parts(quoting_assistant(), QUESTION)
    assert written == quoted.text
    assert answer.kind in (KIND_QUOTED, KIND_GENERATED) and answer.text == quoted.text
