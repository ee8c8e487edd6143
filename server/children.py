"""Child processes that never outlive their parent: one process group each, with a log file."""
from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LAST_LINES = 15


@dataclass
class Child:
    """One part as a process. ``deaths`` counts the times in a row that it ended early;
    ``retry_at`` is when it may be started again (``time.monotonic`` seconds)."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    deaths: int = 0
    retry_at: float | None = None
    _started_at: float = 0.0
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process in a group of its own. The first start begins a new log and keeps
        the one before as ``.1``; a restart goes on in the same."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self._process is None and self.log.exists():
            self.log.replace(f"{self.log}.1")
        self.retry_at, self._started_at = None, time.monotonic()
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command, cwd=self.folder, env=dict(self.environment), stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                # Safe: the launcher starts processes from its only thread.
                preexec_fn=_die_with_parent(os.getpid()),
            )  # fmt: skip

    def bound_log(self, most: int) -> None:
        """Begin the log anew when it has more than ``most`` bytes; the last part is kept as ``.1``. The process
        goes on writing to the same file, so what it writes in that instant may be lost."""
        if self.log.is_file() and self.log.stat().st_size > most:
            with self.log.open("r+b") as log, Path(f"{self.log}.1").open("wb") as kept:
                log.seek(-most, os.SEEK_END)
                shutil.copyfileobj(log, kept)
                log.truncate(0)

    def uptime(self) -> float:
        """Seconds since the last start."""
        return time.monotonic() - self._started_at

    @property
    def pid(self) -> int | None:
        """The process's id, and its group's."""
        return self._process.pid if self._process else None

    def exit_code(self) -> int | None:
        """None while it runs (or was never started)."""
        return self._process.poll() if self._process else None

    def signal_group(self, number: int) -> bool:
        """Signal the whole group; whether any process of it was left."""
        if self._process is None:
            return False
        self._process.poll()
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def last_lines(self) -> str:
        """The end of the log, for a message."""
        if not self.log.is_file():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:])


def stop_all(children: Sequence[Child], grace: float) -> None:
    """End every group: SIGTERM, and SIGKILL for what is left after ``grace`` seconds."""
    for child in children:
        child.signal_group(signal.SIGTERM)
    if not _gone(children, grace):
        for child in children:
            child.signal_group(signal.SIGKILL)
        _gone(children, 2.0)


def _gone(children: Sequence[Child], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while [child for child in children if child.signal_group(0)]:
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    """What a new child runs first: ask the kernel for SIGKILL when the launcher dies (Linux)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
