"""The action that asks the llm service, run in Rasa's own Python against whatever may answer it."""
from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rules.locations import ROOT

RASA_PYTHON = ROOT / ".venv-rasa/bin/python"
NO_ANSWER = "utter_no_answer"
DEGRADED = {"kind": "no_answer", "rule_id": None, "confidence": 0.0, "sources": [], "suggestions": [], "degraded": True}
SCRIPT = """
import asyncio, json, sys
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from actions.actions import ActionLlmAnswer

def said(action, question):
    dispatcher = CollectingDispatcher()
    tracker = Tracker("ana", {}, {"text": question, "trace": {"rules": []}}, [], False, None, {}, None)
    events = asyncio.run(action.run(dispatcher, tracker, {}))
    (message,) = dispatcher.messages
    return [message["text"], message["response"], message["custom"], events]
"""
EACH = """
print("RESULT" + json.dumps([said(ActionLlmAnswer(), question) for question in json.load(sys.stdin)]))
"""
# The turns of a service that hangs, and those after a pause; each as what was said and the seconds that it took.
HUNG = """
import time
import actions.actions
actions.actions.PAUSE_SECONDS = 2.0

def timed(action):
    start = time.monotonic()
    return [said(action, "¿Qué es la UEA?")[1:3], time.monotonic() - start]

action = ActionLlmAnswer()
before = [timed(action) for _ in range(6)]
time.sleep(2.1)
print("RESULT" + json.dumps([before, [timed(action) for _ in range(2)]]))
"""
# What Rasa sends to the user of a message that the action left.
RENDERED = """
from rasa.core.actions.action import RemoteAction
from rasa.core.channels import CollectingOutputChannel
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from nlu.responses import PayloadResponseGenerator

domain = Domain.from_dict({"responses": {"utter_no_answer": [{"text": "No lo sé.", "custom": {"kind": "no_answer"}}]}})
dispatcher = CollectingDispatcher()
tracker = Tracker("ana", {}, {"text": "{"}, [], False, None, {}, None)
asyncio.run(ActionLlmAnswer().run(dispatcher, tracker, {}))
talk = DialogueStateTracker.from_events("ana", [UserUttered("{")])
generator = PayloadResponseGenerator(domain=domain)
(bot,) = asyncio.run(RemoteAction._utter_responses(dispatcher.messages, CollectingOutputChannel(), generator, talk))
print("RESULT" + json.dumps([bot.text, bot.data["custom"]]))
"""
PAYLOAD = {"kind": "quoted", "confidence": 0.9}


def reply(content: object, grounding: object = PAYLOAD) -> dict[str, object]:
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}], "grounding": grounding}


FAULTY = [
    reply(None), reply(5), reply(["a"]), reply(" "), reply("Sí.", None), reply("Sí.", []), reply("Sí.", {}),
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


class Hung(BaseHTTPRequestHandler):
    """A service that takes its time."""

    asked = 0

    def do_POST(self) -> None:
        type(self).asked += 1
        time.sleep(1.5)

    def log_message(self, format: str, *args: object) -> None:
        pass


def run(handler: type[BaseHTTPRequestHandler], script: str, given: object = None, **environment: str) -> Any:
    """What ``script`` prints after RESULT, run in Rasa's Python beside a service of ``handler``."""
    if not RASA_PYTHON.is_file():
        pytest.skip("the Rasa environment is not built")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    done = subprocess.run(
        [str(RASA_PYTHON), "-c", SCRIPT + script], cwd=ROOT, input=json.dumps(given), capture_output=True, text=True,
        timeout=120, env={**os.environ, "CSE_LLM_URL": f"http://127.0.0.1:{server.server_port}", **environment},
    )  # fmt: skip
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.split("RESULT")[1])


@pytest.fixture(scope="module")
def said() -> list[list[object]]:
    """What the user gets for a good reply, what is no JSON, and each of ``FAULTY``."""
    answers: list[list[object]] = run(Echo, EACH, [json.dumps(reply(" Sí. ")), "{", "[" * 9000, *map(json.dumps, FAULTY)])
    return answers


def test_the_services_answer_is_said_with_its_payload_and_the_turns_trace(said: list[list[object]]) -> None:
    assert said[0] == ["Sí.", None, {**PAYLOAD, "trace": {"rules": []}}, []]


def test_whatever_else_the_service_sends_the_user_gets_the_offices_refusal_marked_as_degraded(
    said: list[list[object]],
) -> None:
    assert said[1:] == [[None, NO_ANSWER, {**DEGRADED, "trace": {"rules": []}}, []]] * (2 + len(FAULTY))


def test_a_service_that_hangs_is_left_alone_but_for_one_try_after_a_pause() -> None:
    before, after = run(Hung, HUNG, CSE_ACTION_DEADLINE="0.4")
    assert all(what == [NO_ANSWER, {**DEGRADED, "trace": {"rules": []}}] for what, _ in before + after)
    waited = [seconds >= 0.4 for _, seconds in before + after]
    assert waited == [True, True, True, False, False, False, True, False]
    assert Hung.asked == 4


def test_rasa_says_the_templates_text_with_the_degraded_payload() -> None:
    assert run(Echo, RENDERED) == ["No lo sé.", DEGRADED]
