"""One decision, told alike by ``explain``, by rasa shell in debug and by the gateway's two logs."""
from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rules.locations import ROOT
from server.preparation import RASA_PYTHON
from server.running import running_system

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
# A sure one, one for the llm service, one misspelt.
QUESTIONS = ["ola buenas como me reinscribo xfa", "¿quién ganó el mundial de futbol de 1986?", "¿Qé es la kredencial?"]
OWN = {"trace_id", "time", "timings_ms"}


def _run(*command: str, asked: str | None = None) -> str:
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false"}
    done = subprocess.run(command, cwd=ROOT, env=environment, input=asked, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """What each of them told of each question; ``replies`` is what the student's page got."""
    _run(sys.executable, "-m", "server", "train")
    turn_log = tmp_path_factory.mktemp("log") / "turns.sqlite3"
    with running_system({"CSE_TURN_LOG": str(turn_log)}) as system, httpx.Client(trust_env=False, timeout=60) as client:
        replies = [client.post(f"{system.url}/chat", json={"message": question}).json() for question in QUESTIONS]
        asked = {"message": QUESTIONS[0], "sender": "widget"}
        webhook = client.post(f"{system.url}/webhooks/rest/webhook", json=asked).json()
        ids = [reply["trace_id"] for reply in replies]
        kept = [_kept(turn_log, trace_id) for trace_id in ids]
    lines = [json.loads(line) for line in (ROOT / ".run/logs/gateway.log").read_text("utf-8").splitlines() if line[:1] == "{"]
    turns = {line["trace_id"]: line for line in lines if line["event"] == "turn"}
    explained = [json.loads(_run(sys.executable, "-m", "nlu", "explain", question, "--json")) for question in QUESTIONS]
    shell = _run(str(RASA_PYTHON), "-m", "rasa", "shell", "nlu", "--debug", asked="\n".join(QUESTIONS) + "\n")
    debugged = [json.loads(line[line.index("{") :]) for line in shell.splitlines() if "decision {" in line]
    yield {
        "replies": [*replies, *webhook], "kept": kept, "explained": explained, "debugged": debugged,
        "logged": [turns[trace_id]["decision"] for trace_id in ids],
    }  # fmt: skip


def _kept(turn_log: Path, trace_id: str) -> dict[str, Any]:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with sqlite3.connect(turn_log) as database:
            written = database.execute("SELECT name FROM sqlite_master WHERE name = 'turn'").fetchone()
            found = "SELECT trace FROM turn WHERE trace_id = ?"
            row = database.execute(found, (trace_id,)).fetchone() if written else None
        if row:
            record: dict[str, Any] = json.loads(row[0])
            return record
        time.sleep(0.1)
    pytest.fail("the turn was not logged")


def _same(left: Any, right: Any) -> bool:
    """Equal, but for the last digit of what two versions of numpy compute."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left if key not in OWN)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) <= 1e-3
    return bool(left == right)


@pytest.mark.parametrize("teller", ["explained", "debugged"])
def test_the_same_record_is_told_everywhere(told: dict[str, list[dict[str, Any]]], teller: str) -> None:
    assert len(told[teller]) == len(QUESTIONS)
    for question, kept, other in zip(QUESTIONS, told["kept"], told[teller], strict=True):
        assert _same(kept, other), (question, kept, other)


def test_the_log_on_stdout_has_it_without_the_words(told: dict[str, list[dict[str, Any]]]) -> None:
    assert told["logged"] == [{**kept, "normalized": None} for kept in told["kept"]]
    assert [kept["normalized"] for kept in told["kept"]][0] == "como me reinscribo"


def test_the_id_of_the_reply_finds_the_decision(told: dict[str, list[dict[str, Any]]]) -> None:
    assert [kept["trace_id"] for kept in told["kept"]] == [reply["trace_id"] for reply in told["replies"][: len(QUESTIONS)]]
    assert [kept["sure"] for kept in told["kept"]][:2] == [True, False]


def test_no_student_sees_it(told: dict[str, list[dict[str, Any]]]) -> None:
    assert "features" not in json.dumps(told["replies"]) and "trace" not in json.dumps(told["replies"][len(QUESTIONS) :])
