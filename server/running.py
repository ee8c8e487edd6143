"""A whole system as a child process, for whoever wants to ask it: evaluation and system tests."""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from rules.locations import ROOT

_START_LIMIT = 300.0
_STOP_LIMIT = 30.0


@dataclass
class RunningSystem:
    """``url`` answers; ``start_seconds`` is how long that took; ``output`` what it printed."""

    url: str
    start_seconds: float
    process: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)

    def processes(self) -> list[psutil.Process]:
        """The launcher and every process below it."""
        launcher = psutil.Process(self.process.pid)
        return [launcher, *launcher.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """CPU time used so far by all of it, in seconds."""
        times = [process.cpu_times() for process in self.processes()]
        return sum(t.user + t.system for t in times)


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def running_system(environment: Mapping[str, str] | None = None) -> Iterator[RunningSystem]:
    """Start ``python -m server run`` on a free port, wait until it is ready, stop it at the end.

    Raises:
        RuntimeError: it ended or was not ready in time; the message holds what it printed.
    """
    port, start = free_port(), time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "run", "--port", str(port)],
        cwd=ROOT, env={**os.environ, **(environment or {})}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    output: list[str] = []
    ready = threading.Event()
    threading.Thread(target=_read, args=(process, output, ready), daemon=True).start()
    try:
        while not ready.wait(0.1):
            if process.poll() is not None or time.monotonic() - start > _START_LIMIT:
                raise RuntimeError("the system did not start:\n" + "".join(output))
        yield RunningSystem(f"http://127.0.0.1:{port}", time.monotonic() - start, process, output)
    finally:
        stop(process)


def stop(process: subprocess.Popen[str]) -> int:
    """Ask the launcher to end (SIGTERM) and wait; returns its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(_STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _read(process: subprocess.Popen[str], output: list[str], ready: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        output.append(line)
        if line.startswith("Listo:"):
            ready.set()
