"""The commands as a developer runs them."""
import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from llm.__main__ import main


def test_ask_shows_what_was_found_and_answered(capsys):
    assert main(["ask", "¿Qué es la seriación?"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["hits"][0]["id"] == "seriacion_que_es"
    assert shown["support"]["on_topic"] is True
    assert shown["grounding"]["kind"] == "quoted" and "seriación" in shown["answer"]


def test_a_missing_rule_folder_is_told_and_not_traced(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("CSE_RULES", str(tmp_path / "nada"))
    assert main(["ask", "hola"]) == 2
    error = capsys.readouterr().err
    assert "nada" in error and "Traceback" not in error


@pytest.mark.timeout(60)
def test_serve_answers_on_its_port_and_ends_on_sigterm():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "llm", "serve"], env={**os.environ, "CSE_LLM_PORT": str(port)})
    try:
        assert _ready(f"http://127.0.0.1:{port}/health/ready", process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _ready(url, process):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return httpx.get(url).status_code == 200
        except httpx.TransportError:
            time.sleep(0.2)
    return False
