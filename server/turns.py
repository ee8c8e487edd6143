"""The turn log: every turn in SQLite, written by one thread so that no disk slows a turn.

The sender is kept only as a keyed hash; the key lies in a file of its own beside the log, so
that a copy of the log alone can't be traced back to a sender.
"""
from __future__ import annotations

import hashlib
import hmac
import logging
import os
import queue
import secrets
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

log = logging.getLogger(__name__)

# One step a version: PRAGMA user_version counts the steps taken. Append, never edit.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE turn (
            id INTEGER PRIMARY KEY,
            time TEXT NOT NULL, trace_id TEXT NOT NULL, sender TEXT NOT NULL,
            message TEXT NOT NULL, answer TEXT NOT NULL, kind TEXT NOT NULL, confidence REAL NOT NULL,
            rule_id TEXT, ms REAL NOT NULL, degraded INTEGER NOT NULL
        )""",
        "CREATE INDEX turn_time ON turn (time)",
        "CREATE INDEX turn_kind ON turn (kind, time)",
    ),
    ("ALTER TABLE turn ADD COLUMN trace TEXT",),
)
_INSERT = """INSERT INTO turn (time, trace_id, sender, message, answer, kind, confidence, rule_id, ms, degraded,
    trace) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_SALT_BYTES = 32
_BATCH = 200
# Few at a time: other readers and writers wait while rows are deleted.
_DELETE = "DELETE FROM turn WHERE id IN (SELECT id FROM turn WHERE time < ? ORDER BY time LIMIT 1000)"
_DELETE_EVERY = 3600.0


class TurnLogError(RuntimeError):
    """The log was written by a newer version of this program."""


@dataclass(frozen=True)
class TurnRecord:
    """One row. ``time`` is UTC in ISO 8601, ``sender`` a hash, ``ms`` the turn's milliseconds, ``trace``
    the matcher's decision as JSON (see ``nlu.trace``)."""

    time: str
    trace_id: str
    sender: str
    message: str
    answer: str
    kind: str
    confidence: float
    rule_id: str | None
    ms: float
    degraded: bool
    trace: str | None = None


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date, all or nothing; another process may try at the same time.

    Raises:
        TurnLogError: the file is newer than this program.
    """
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise TurnLogError(f"la bitácora es de la versión {version} y este programa conoce {len(MIGRATIONS)}")
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


class TurnLog:
    """Write turns to ``path`` in the background and delete them after ``days``. A full queue or a broken
    disk loses records (counted in ``lost`` and said once), never a turn; ``losing`` while that goes on."""

    def __init__(self, path: Path, capacity: int = 10_000, days: int = 180):
        self._path, self._days = path, days
        self._delete_at = float("-inf")
        self._queue: queue.Queue[TurnRecord | None] = queue.Queue(capacity)
        self._thread = threading.Thread(target=self._write, name="turn-log", daemon=True)
        self._hash: Callable[[str], str] = _hasher(secrets.token_bytes(32))
        self.lost, self.losing = 0, False

    def start(self) -> None:
        """Open the log. A path that can't be used is reported once; turns go on."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._hash = _hasher(_salt(self._path.with_name(self._path.name + ".salt")))
        except OSError as error:
            log.error("turn log unusable", extra={"reason": str(error)})
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Write what waits, at most for ``timeout`` seconds, and close."""
        try:
            self._queue.put(None, timeout=timeout)
        except queue.Full:
            return
        self._thread.join(timeout)

    def hash_sender(self, sender: str) -> str:
        """A keyed hash (hex) that tells senders apart without naming them."""
        return self._hash(sender)

    def add(self, record: TurnRecord) -> None:
        """Queue ``record``; never waits."""
        try:
            self._queue.put_nowait(record)
        except queue.Full:
            self._lose(1, "queue full")

    def _lose(self, count: int, reason: str) -> None:
        if count and not self.lost:
            log.error("turn log loses records", extra={"reason": reason})
        self.lost += count
        self.losing = self.losing or count > 0

    def _write(self) -> None:
        connection: sqlite3.Connection | None = None
        running = True
        while running:
            batch, running = self._next_batch()
            try:
                connection = connection or _open(self._path)
                with connection:
                    connection.executemany(_INSERT, [astuple(record) for record in batch])
                batch, self.losing = [], False
                self._forget(connection)
            except (sqlite3.Error, OSError, TurnLogError) as error:
                self._lose(len(batch), str(error))
                self._delete_at = time.monotonic() + _DELETE_EVERY
        if connection:
            connection.close()

    def _forget(self, connection: sqlite3.Connection) -> None:
        """Delete what is too old: a piece now, and the rest between later batches."""
        if time.monotonic() < self._delete_at:
            return
        oldest = (datetime.now(UTC) - timedelta(days=self._days)).isoformat(timespec="milliseconds")
        with connection:
            deleted = connection.execute(_DELETE, (oldest,)).rowcount
        if not deleted:
            self._delete_at = time.monotonic() + _DELETE_EVERY

    def _next_batch(self) -> tuple[list[TurnRecord], bool]:
        """Wait for records; False once the end was asked for. Empty when there is something to delete."""
        batch: list[TurnRecord] = []
        try:
            record = self._queue.get(timeout=max(self._delete_at - time.monotonic(), 0))
        except queue.Empty:
            return [], True
        while record is not None:
            batch.append(record)
            if len(batch) == _BATCH or self._queue.empty():
                return batch, True
            record = self._queue.get()
        return batch, False


def _open(path: Path) -> sqlite3.Connection:
    """The log, readable by its owner only (as SQLite's own files beside it then are): it holds what students wrote."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    connection = sqlite3.connect(path, timeout=5.0)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    migrate(connection)
    return connection


def _hasher(salt: bytes) -> Callable[[str], str]:
    return lambda sender: hmac.new(salt, sender.encode(), hashlib.sha256).hexdigest()


def _salt(path: Path) -> bytes:
    """The salt kept in ``path`` (made at first, readable by its owner only)."""
    with tempfile.NamedTemporaryFile(dir=path.parent) as file:  # readable by its owner only
        file.write(secrets.token_bytes(_SALT_BYTES))
        file.flush()
        if path.exists() and path.stat().st_size != _SALT_BYTES:  # cut off in the middle: no key at all
            path.unlink(missing_ok=True)
        with suppress(FileExistsError):  # whoever comes first gives it
            os.link(file.name, path)
    return path.read_bytes()
