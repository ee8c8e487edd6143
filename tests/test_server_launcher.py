"""The launcher's pieces on real processes; the whole is started in tests/system."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time

import pytest
import yaml

from rules.locations import ROOT
from server.children import Child, stop_all
from server.preparation import RASA_PYTHON, LaunchError, check, child_environment, free_ports, write_endpoints
from server.settings import Settings
from server.stopping import StopRequest
from server.watch import Patience, Watch
from tests.server_parts import free_port

FAMILY = "import subprocess, time; subprocess.Popen(['sleep', '300']); print('up', flush=True); time.sleep(300)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(300)"
)


def child(folder, code, name="part"):
    return Child(name, [sys.executable, "-c", code], folder / f"{name}.log", os.environ, folder)


def wait_until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def reachable(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def alive(pid):
    """Whether ``pid`` runs (a zombie that nobody reaps does not)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def group_members(pgid):
    lines = subprocess.run(["ps", "-eo", "pgid=,pid="], capture_output=True, text=True, check=True).stdout.split("\n")
    pairs = [tuple(map(int, line.split())) for line in lines if line.strip()]
    return [pid for group, pid in pairs if group == pgid and alive(pid)]


def test_stopping_ends_the_whole_family(tmp_path):
    part = child(tmp_path, FAMILY)
    part.start()
    assert wait_until(lambda: part.last_lines() == "up" and len(group_members(part.pid)) == 2)
    stop_all([part], grace=5)
    assert group_members(part.pid) == []


def test_what_ignores_the_request_is_killed_after_the_grace(tmp_path):
    part = child(tmp_path, STUBBORN)
    part.start()
    assert wait_until(lambda: part.last_lines() == "up")
    start = time.monotonic()
    stop_all([part], grace=0.5)
    assert 0.5 <= time.monotonic() - start < 4 and group_members(part.pid) == []


def test_stopping_what_never_started_or_already_died_is_no_failure(tmp_path):
    dead = child(tmp_path, "raise SystemExit(3)")
    dead.start()
    assert wait_until(lambda: dead.exit_code() == 3)
    stop_all([dead, child(tmp_path, "pass", "other")], grace=1)


def test_a_restart_goes_on_in_the_log_and_a_new_launch_keeps_the_one_before(tmp_path):
    for text in ("first", "second"):
        part = child(tmp_path, f"print('{text}')")
        for _ in range(2):
            part.start()
            assert wait_until(lambda part=part: part.exit_code() == 0)
    assert (tmp_path / "part.log").read_text() == "second\nsecond\n"
    assert (tmp_path / "part.log.1").read_text() == "first\nfirst\n"


def test_a_log_that_grows_too_long_begins_anew_and_the_process_goes_on_in_it(tmp_path):
    code = "import time\nfor n in range(10**6): print(f'line {n:06}', flush=True); time.sleep(0.0005)"
    part = child(tmp_path, code)
    part.start()
    try:
        for _ in range(3):
            assert wait_until(lambda: part.log.stat().st_size > 2000)
            part.bound_log(2000)
            assert part.log.stat().st_size < 1500
        assert wait_until(lambda: part.log.stat().st_size > 500)
        kept = (tmp_path / "part.log.1").read_bytes()
        assert 2000 <= len(kept) < 3000 and b"line" in part.log.read_bytes() and b"\0" not in part.log.read_bytes()
    finally:
        stop_all([part], grace=1)


SERVER = "from http.server import *; HTTPServer(('127.0.0.1', {port}), SimpleHTTPRequestHandler).serve_forever()"


def test_what_answers_no_more_is_given_up_and_what_loads_only_much_later(tmp_path):
    ports = {name: free_port() for name in ("well", "hangs", "loads", "died")}
    parts = {name: child(tmp_path, SERVER.format(port=port), name) for name, port in ports.items()}
    parts["loads"] = child(tmp_path, "import time; time.sleep(300)", "loads")
    parts["died"] = child(tmp_path, "raise SystemExit(1)", "died")
    urls = {name: f"http://127.0.0.1:{port}/" for name, port in ports.items()}
    watch, stop = Watch(urls, Patience(every=0, timeout=0.5, misses=3, loading=3)), StopRequest()
    try:
        for part in parts.values():
            part.start()
        for name in ("well", "hangs"):
            assert wait_until(lambda name=name: reachable(ports[name]))
        assert wait_until(lambda: parts["died"].exit_code() == 1)
        assert watch.hung(list(parts.values()), stop) == []
        parts["hangs"].signal_group(signal.SIGSTOP)
        looks = [watch.hung(list(parts.values()), stop) for _ in range(3)]
        assert looks == [[], [], [parts["hangs"]]]
        parts["hangs"].signal_group(signal.SIGCONT)
        assert watch.hung(list(parts.values()), stop) == [], "it answers again"
        parts["hangs"].signal_group(signal.SIGKILL)
        assert wait_until(lambda: parts["hangs"].exit_code() is not None)
        parts["hangs"].start()
        assert watch.hung(list(parts.values()), stop) == [parts["loads"]]
    finally:
        stop_all(list(parts.values()), grace=1)


def test_a_stop_ends_the_look_at_once(tmp_path):
    part = child(tmp_path, "import time; time.sleep(300)")
    part.start()
    stop = StopRequest()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        watch = Watch({"part": f"http://127.0.0.1:{silent.getsockname()[1]}"}, Patience(timeout=30))
        threading.Timer(0.3, stop._event.set).start()
        start = time.monotonic()
        assert watch.hung([part], stop) == [] and time.monotonic() - start < 5
    stop_all([part], grace=1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's help is Linux's")
def test_a_launcher_that_is_killed_leaves_no_child(tmp_path):
    code = textwrap.dedent(f"""
        import os, sys, time
        from pathlib import Path
        from server.children import Child
        folder = Path({str(tmp_path)!r})
        part = Child("part", ["sleep", "300"], folder / "part.log", os.environ, folder)
        part.start()
        print(part.pid, flush=True)
        time.sleep(300)
    """)
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        pid = int(launcher.stdout.readline())
        assert alive(pid)
        launcher.send_signal(signal.SIGKILL)
        launcher.wait()
    assert wait_until(lambda: not alive(pid), 5)


def test_a_port_in_use_is_said_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LaunchError, match=rf"puerto {port}.*PORT="):
            check(Settings(PORT=port), tmp_path)


@pytest.mark.skipif(not RASA_PYTHON.exists(), reason="needs .venv-rasa")
def test_without_a_trained_model_it_says_how_to_train(tmp_path):
    with pytest.raises(LaunchError, match="make train"):
        check(Settings(PORT=free_ports().rasa), tmp_path)


def run_command(*arguments, **environment):
    given = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments], cwd=ROOT, env=given, capture_output=True, text=True, timeout=60
    )


def test_the_command_refuses_in_spanish_with_status_1():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        by_flag, by_variable = run_command("run", "--port", port), run_command("run", PORT=port)
        alone = run_command("serve", "--port", port)
    wrong = run_command("run", "--port", "ocho")
    for result in (by_flag, by_variable, alone, wrong):
        assert result.returncode == 1 and result.stderr.startswith("Error: ") and "Traceback" not in result.stderr
    assert port in by_flag.stderr and port in by_variable.stderr and "PORT" in wrong.stderr


def test_ports_are_different_and_free():
    ports = free_ports()
    for port in {ports.rasa, ports.actions, ports.llm}:
        socket.create_server(("127.0.0.1", port)).close()
    assert len(set(ports.urls().values())) == 3


def test_the_endpoints_keep_what_the_project_says_but_for_the_action_server(tmp_path):
    (tmp_path / "endpoints.yml").write_text("action_endpoint:\n  url: x\ntracker_store:\n  type: y\n")
    write_endpoints(tmp_path / "endpoints.yml", tmp_path / "run" / "e.yml", 5123)
    assert yaml.safe_load((tmp_path / "run" / "e.yml").read_text()) == {
        "action_endpoint": {"url": "http://127.0.0.1:5123/webhook"}, "tracker_store": {"type": "y"},
    }  # fmt: skip


def test_children_hear_where_the_parts_are_and_stay_on_loopback(monkeypatch):
    monkeypatch.setenv("SANIC_WORKERS", "4")
    monkeypatch.setenv("PORT", "8000")
    environment = child_environment({"rasa": "http://a", "llm": "http://b"})
    assert environment["CSE_RASA_URL"] == "http://a" and environment["CSE_LLM_URL"] == "http://b"
    assert environment["SANIC_HOST"] == "127.0.0.1" and environment["RASA_TELEMETRY_ENABLED"] == "false"
    assert not {"SANIC_WORKERS", "PORT"} & set(environment)
