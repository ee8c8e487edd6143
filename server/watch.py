"""Which parts run but no longer answer: a process that hangs has no exit code."""
from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from server.children import Child
from server.stopping import StopRequest

_TICK = 0.2


@dataclass(frozen=True)
class Patience:
    """Seconds between two looks, seconds for one answer, looks in a row without one that are too many, and
    how many more before a part's first answer, while it loads."""

    every: float = 10.0
    timeout: float = 8.0
    misses: int = 6
    loading: int = 54


class Watch:
    """Looks now and then whether each part answers at its address (name → URL of something cheap). Any
    HTTP answer counts."""

    def __init__(self, addresses: Mapping[str, str], patience: Patience | None = None):
        self._addresses, self._patience = addresses, patience or Patience()
        self._misses: dict[int, int] = {}
        self._next = 0.0

    def hung(self, children: Sequence[Child], stop: StopRequest) -> list[Child]:
        """The running parts of ``children`` that are to be given up; looks only when it is time to."""
        if time.monotonic() < self._next:
            return []
        self._next = time.monotonic() + self._patience.every
        running = {child.pid: child for child in children if child.pid is not None and child.exit_code() is None}
        addresses = {pid: self._addresses[child.name] for pid, child in running.items()}
        answered = asyncio.run(_answering(addresses, self._patience.timeout, stop))
        if stop:
            return []
        missed = {pid: self._misses.get(pid, -self._patience.loading) + 1 for pid in running}
        self._misses = {**missed, **dict.fromkeys(answered, 0)}
        return [running[pid] for pid, misses in self._misses.items() if misses >= self._patience.misses]


async def _answering(addresses: Mapping[int, str], timeout: float, stop: StopRequest) -> list[int]:
    # Plain HTTP on this machine: no certificates to load each time.
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=timeout) as client:
        asked = {asyncio.create_task(_answers(client, url)): pid for pid, url in addresses.items()}
        pending = set(asked)
        while pending and not stop:
            _, pending = await asyncio.wait(pending, timeout=_TICK)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
    return [pid for task, pid in asked.items() if task not in pending and task.result()]


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        await client.get(url)
    except httpx.HTTPError:
        return False
    return True
