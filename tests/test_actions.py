"""The action that asks the llm service, run in Rasa's own Python against whatever may answer it."""
from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rules.locations import ROOT

RASA_PYTHON = ROOT / ".venv-rasa/bin/python"
SCRIPT = """
import asyncio, json, sys
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from actions.actions import ActionLlmAnswer

def said(question):
    dispatcher = CollectingDispatcher()
    tracker = Tracker("ana", {}, {"text": question, "trace": {"rules": []}}, [], False, None, {}, None)
    events = asyncio.run(ActionLlmAnswer().run(dispatcher, tracker, {}))
    (message,) = dispatcher.messages
    return [message["text"], message["response"], message["custom"], events]

print("RESULT" + json.dumps([said(question) for question in json.load(sys.stdin)]))
"""
PAYLOAD = {"kind": "quoted", "confidence": 0.9}


def reply(content: object, grounding: object = PAYLOAD) -> dict[str, object]:
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}], "grounding": grounding}


FAULTY = [
    reply(None), reply(5), reply(["a"]), reply(" "), reply("Sí.", None), reply("Sí.", []),
    {"choices": [], "grounding": PAYLOAD}, {"choices": None, "grounding": PAYLOAD}, {"choices": [None], "grounding": PAYLOAD},
    {"choices": [{"message": None}]},
    {"choices": [{"message": {"content": "Sí."}}]}, {}, [], None, 7, "Sí.",
]  # fmt: skip


class Echo(BaseHTTPRequestHandler):
    """A service that answers with the user's own words as the body."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = asked["messages"][-1]["content"].encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def said() -> Iterator[list[list[object]]]:
    """What the user gets for a good reply, what is no JSON, and each of ``FAULTY``."""
    if not RASA_PYTHON.is_file():
        pytest.skip("the Rasa environment is not built")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    questions = [json.dumps(reply(" Sí. ")), "{", *map(json.dumps, FAULTY)]
    done = subprocess.run(
        [str(RASA_PYTHON), "-c", SCRIPT], cwd=ROOT, input=json.dumps(questions), capture_output=True, text=True, timeout=120,
        env={**os.environ, "CSE_LLM_URL": f"http://127.0.0.1:{server.server_port}"},
    )  # fmt: skip
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout.split("RESULT")[1])


def test_the_services_answer_is_said_with_its_payload_and_the_turns_trace(said: list[list[object]]) -> None:
    assert said[0] == ["Sí.", None, {**PAYLOAD, "trace": {"rules": []}}, []]


def test_whatever_else_the_service_sends_the_user_gets_the_offices_refusal(said: list[list[object]]) -> None:
    assert [answer[1] for answer in said[1:]] == ["utter_no_answer"] * (1 + len(FAULTY))
    assert all(not answer[0] and not answer[2] and answer[3] == [] for answer in said[1:])
