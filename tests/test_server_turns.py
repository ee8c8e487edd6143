"""The turn log: complete, private, and never in the way."""

import sqlite3
import stat
import time
from datetime import UTC, datetime, timedelta

import pytest

from nlu.trace import utc_now
from server.turns import MIGRATIONS, TurnLog, TurnLogError, TurnRecord, migrate


def record(number=0):
    return TurnRecord(utc_now(), f"t{number}", "hash", "¿Qué?", "Esto.", "official", 0.9, "regla", 12.5, False, '{"schema": 1}')


def rows(path, query="SELECT trace_id FROM turn ORDER BY id"):
    with sqlite3.connect(path) as database:
        return [row[0] for row in database.execute(query)]


def test_every_turn_is_written_in_order_by_the_time_it_stops(tmp_path):
    log = TurnLog(tmp_path / "deep" / "turns.sqlite3")
    log.start()
    for number in range(500):
        log.add(record(number))
    log.stop()
    assert rows(tmp_path / "deep" / "turns.sqlite3") == [f"t{n}" for n in range(500)] and log.lost == 0


def test_a_second_start_appends(tmp_path):
    for number in range(2):
        log = TurnLog(tmp_path / "t.sqlite3")
        log.start()
        log.add(record(number))
        log.stop()
    assert rows(tmp_path / "t.sqlite3") == ["t0", "t1"]


def test_two_gateways_may_write_the_same_log(tmp_path):
    logs = [TurnLog(tmp_path / "t.sqlite3") for _ in range(2)]
    for log in logs:
        log.start()
    for number in range(50):
        for log in logs:
            log.add(record(number))
    for log in logs:
        log.stop()
    assert len(rows(tmp_path / "t.sqlite3")) == 100


def test_a_locked_disk_slows_no_turn_and_what_it_costs_is_counted(tmp_path):
    path = tmp_path / "t.sqlite3"
    with sqlite3.connect(path) as database:
        migrate(database)
    blocker = sqlite3.connect(path)
    blocker.execute("BEGIN EXCLUSIVE")
    log = TurnLog(path, capacity=5)
    log.start()
    start = time.monotonic()
    for number in range(100):
        log.add(record(number))
    assert time.monotonic() - start < 0.5 and log.lost > 0
    blocker.rollback()
    blocker.close()
    log.stop()
    assert len(rows(path)) + log.lost == 100


def test_a_place_that_cant_be_written_breaks_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    log = TurnLog(tmp_path / "file" / "t.sqlite3")
    log.start()
    log.add(record())
    assert len(log.hash_sender("ana")) == 64
    log.stop()
    assert log.lost == 1


def test_a_log_of_the_first_version_goes_on_with_its_turns(tmp_path):
    path = tmp_path / "t.sqlite3"
    with sqlite3.connect(path) as database:
        for statement in MIGRATIONS[0]:
            database.execute(statement)
        database.execute("PRAGMA user_version = 1")
        database.execute("INSERT INTO turn VALUES (1, 'ayer', 'viejo', 's', '¿Qué?', 'Esto.', 'official', 0.9, 'r', 1, 0)")
    log = TurnLog(path)
    log.start()
    log.add(record(7))
    log.stop()
    assert rows(path) == ["viejo", "t7"] and rows(path, "SELECT trace FROM turn ORDER BY id") == [None, '{"schema": 1}']


def test_turns_are_deleted_after_their_days_and_later_ones_stay(tmp_path):
    path = tmp_path / "t.sqlite3"
    ages = {"old": 31, "older": 200, "young": 29}
    with sqlite3.connect(path) as database:
        migrate(database)
        for name, days in ages.items():
            time_then = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
            database.execute(f"INSERT INTO turn VALUES (NULL, '{time_then}', '{name}', 's', '', '', 'k', 0, 'r', 1, 0, NULL)")
        old = (datetime.now(UTC) - timedelta(days=90)).isoformat(timespec="milliseconds")
        many = [(old,)] * 2500
        database.executemany("INSERT INTO turn VALUES (NULL, ?, 'm', 's', '', '', 'k', 0, 'r', 1, 0, NULL)", many)
    log = TurnLog(path, days=30)
    log.start()
    log.add(record(1))
    end = time.monotonic() + 10
    while rows(path) != ["young", "t1"] and time.monotonic() < end:
        time.sleep(0.05)
    log.stop()
    assert rows(path) == ["young", "t1"] and log.lost == 0


def test_it_says_while_it_loses_records(tmp_path):
    path = tmp_path / "t.sqlite3"
    path.mkdir()
    log = TurnLog(path)
    log.start()
    log.add(record(0))
    end = time.monotonic() + 10
    while not log.losing and time.monotonic() < end:
        time.sleep(0.02)
    assert log.losing and log.lost == 1
    path.rmdir()
    log.add(record(1))
    log.stop()
    assert not log.losing and log.lost == 1 and rows(path) == ["t1"]


def test_senders_are_told_apart_but_not_named_and_the_key_is_kept(tmp_path):
    hashes = []
    for _ in range(2):
        log = TurnLog(tmp_path / "t.sqlite3")
        log.start()
        hashes.append((log.hash_sender("ana"), log.hash_sender("eva")))
        log.stop()
    assert hashes[0] == hashes[1] and hashes[0][0] != hashes[0][1]
    assert stat.S_IMODE((tmp_path / "t.sqlite3.salt").stat().st_mode) == 0o600
    other = TurnLog(tmp_path / "other" / "t.sqlite3")
    other.start()
    assert other.hash_sender("ana") != hashes[0][0]
    other.stop()


def test_the_schema_is_versioned_and_a_newer_one_is_refused(tmp_path):
    path = tmp_path / "t.sqlite3"
    with sqlite3.connect(path) as database:
        migrate(database)
        migrate(database)
        assert database.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        database.execute("PRAGMA user_version = 99")
        with pytest.raises(TurnLogError, match="99"):
            migrate(database)


def test_only_its_owner_may_read_what_students_wrote(tmp_path):
    path = tmp_path / "turns.sqlite3"
    path.touch(0o644)
    log = TurnLog(path)
    log.start()
    log.stop()
    assert all(file.stat().st_mode & 0o077 == 0 for file in tmp_path.iterdir())


def test_a_key_that_was_cut_off_is_made_anew(tmp_path):
    path = tmp_path / "turns.sqlite3"
    path.with_name("turns.sqlite3.salt").write_bytes(b"")
    log = TurnLog(path)
    log.start()
    log.stop()
    assert len(path.with_name("turns.sqlite3.salt").read_bytes()) == 32
