"""The commands as a developer runs them."""
import json
import os
import re
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


@pytest.mark.timeout(120)
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
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return httpx.get(url).status_code == 200
        except httpx.TransportError:
            time.sleep(0.2)
    return False


@pytest.mark.parametrize(("arguments", "said"), [
    (["vocabulary", "nada"], "nada: no existe"),
    (["train", "--pairs", "."], "no se puede usar"),
    (["pairs", "--folder", "/no_existe"], "no hay archivos .jsonl"),
    (["evaluate", "--adapter", "/nada"], "No hay adaptador en /nada"),
])  # fmt: skip
def test_what_is_not_there_is_told_at_once(capsys, monkeypatch, tmp_path, arguments, said):
    monkeypatch.setattr("llm.__main__.whole_pieces", list)
    monkeypatch.setattr("llm.evaluation.command.evaluate", lambda _: pytest.fail("it began"))
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert said in shown.err and shown.err.startswith("Error: ") and shown.out == ""


def test_a_line_that_is_no_json_is_named(capsys, tmp_path):
    (tmp_path / "escritas").mkdir()
    (tmp_path / "escritas" / "a.jsonl").write_text("{}\n" + "[" * 100_000)
    assert main(["pairs", "--folder", str(tmp_path)]) == 2
    assert "a.jsonl:2: no es JSON" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [
    ["speed", "--tokens", "0"], ["speed", "--tokens", "-1"], ["speed", "--prompt", "0"], ["speed", "--repeats", "0"],
    ["train", "--rank", "-1"], ["train", "--rank", "0"], ["train", "--learning-rate", "0"], ["train", "--seed", "-1"],
])  # fmt: skip
def test_a_number_out_of_range_is_wrong_use(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert re.search(r"Uso incorrecto: --\S+: (da un número entero de|la tasa va)", capsys.readouterr().err)


def test_serve_says_in_spanish_that_its_port_is_taken(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    assert f"Error: El puerto {port} de 127.0.0.1 está ocupado. Elige otro con --host y --port" in capsys.readouterr().err
