"""Readiness: honest, and cheap to poll."""

import asyncio
import time

import httpx
import pytest

from server.health import CANARY_SENDER, Health, Part, remote_parts
from server.settings import Settings
from tests.server_parts import RasaStub, serving


async def fine():
    return None


async def broken():
    raise ValueError("nope")


def health(*parts, cache=0.0, answering=("a",)):
    return Health(list(parts), frozenset(answering), cache, timeout=0.3)


async def settled(checked):
    """The report once a check that goes on has ended."""
    await checked.refresh()
    return await checked.report()


@pytest.mark.parametrize(("a", "b", "status"), [
    (fine, fine, "ok"), (fine, broken, "degraded"), (broken, fine, "down"), (broken, broken, "down"),
])  # fmt: skip
def test_the_status_follows_the_parts(a, b, status):
    report = asyncio.run(settled(health(Part("a", a), Part("b", b))))
    assert report["status"] == status
    assert report["parts"]["b"] == ({"status": "ok"} if b is fine else {"status": "failed", "detail": "nope"})


def test_a_part_that_hangs_fails_in_time():
    start = time.monotonic()
    report = asyncio.run(settled(health(Part("a", lambda: asyncio.sleep(5)), cache=60)))
    assert report["parts"]["a"] == {"status": "failed", "detail": "timeout"} and time.monotonic() - start < 1


def test_the_last_report_comes_at_once_while_a_new_one_is_made_behind():
    hang = [False]

    async def part():
        await asyncio.sleep(5 if hang[0] else 0)

    async def probe():
        checked = Health([Part("a", part)], frozenset("a"), cache=0, timeout=1.5)
        hang[0] = True
        async with asyncio.timeout(1):
            reports = [await checked.report()]
        await checked.aclose()
        hang[0] = False
        reports.append(await settled(checked))
        hang[0] = True
        async with asyncio.timeout(1):
            reports.append(await checked.report())
        await checked.refresh()
        async with asyncio.timeout(1):
            reports.append(await checked.report())
        await checked.aclose()
        return reports

    unknown, fresh, stale, failed = asyncio.run(probe())
    assert unknown == {"status": "starting", "parts": {}, "age_seconds": None}
    assert [r["status"] for r in (fresh, stale, failed)] == ["ok", "ok", "down"]
    assert fresh["age_seconds"] < 0.3 <= stale["age_seconds"] + 0.05


def test_polling_is_cheap_concurrent_askers_share_one_check():
    calls = []

    async def count():
        calls.append(1)
        await asyncio.sleep(0.05)

    async def poll():
        checked = health(Part("a", count), cache=60)
        await asyncio.gather(*(checked.report() for _ in range(20)))

    asyncio.run(poll())
    assert len(calls) == 1


def test_a_real_turn_is_asked_of_rasa_and_again_only_when_due_or_in_doubt():
    stub, doubt = RasaStub(), [False]

    async def check():
        async with httpx.AsyncClient() as client:
            settings = Settings(rasa_url=url, actions_url=url, canary_every=60)
            rasa, actions, _ = remote_parts(client, settings, "¿hola?", lambda: doubt[0])
            states = [await rasa.check(2), await rasa.check(2), await actions.check(2)]
            assert len(stub.received) == 1, "between canaries a ping is enough"
            doubt[0], stub.mode = True, "empty"
            states.append(await rasa.check(2))
            doubt[0], stub.mode = False, "ok"
            states.append(await rasa.check(2))
            return [state["status"] for state in states]

    with serving(stub) as url:
        assert asyncio.run(check()) == ["ok", "ok", "ok", "failed", "ok"]
    assert len(stub.received) == 3
    assert all(r["sender"].startswith(CANARY_SENDER) and r["message"] == "¿hola?" for r in stub.received)


def test_a_canary_that_is_due_is_asked_again():
    asked = []

    async def canary():
        asked.append(1)

    async def check_twice(every):
        part = Part("a", canary, every=every)
        for _ in range(2):
            await part.check(1)

    asyncio.run(check_twice(every=60))
    assert len(asked) == 1
    asyncio.run(check_twice(every=0))
    assert len(asked) == 3


def test_a_report_is_never_old_though_nobody_asks(monkeypatch):
    monkeypatch.setattr("server.health.FRESH", 0.1)
    state = [fine]

    async def watched():
        checked = Health([Part("a", lambda: state[0]())], frozenset("a"), cache=3600, timeout=1)
        checked.keep_fresh()
        await asyncio.sleep(0.3)
        before = await checked.report()
        state[0] = broken
        await asyncio.sleep(0.5)
        after = await checked.report()
        await checked.aclose()
        return before["status"], after["status"], after["age_seconds"]

    before, after, age = asyncio.run(watched())
    assert (before, after) == ("ok", "down") and age < 0.5
