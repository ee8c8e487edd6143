"""Start every part, wait until the whole answers, keep it running, end it without a trace."""
from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from rules.book import load_rule_book
from rules.locations import ROOT, Locations
from server.children import Child, stop_all
from server.health import remote_parts
from server.preparation import (
    RASA_PYTHON,
    LaunchError,
    check,
    child_environment,
    free_ports,
    write_endpoints,
)
from server.settings import Settings
from server.stopping import StopRequest
from server.watch import Watch

RUN_FOLDER = ROOT / ".run"
GRACE = 8.0

_TICK = 0.2
_PROBE_EVERY = 1.0
_GATEWAY_TIMEOUT = 3.0
_REPORT_EVERY = 15.0
_START_LIMIT = 600.0
_STEADY_AFTER = 60.0
_DEATHS_WHILE_STARTING = 3
_LONGEST_PAUSE = 30.0
_LONGEST_LOG = 32 * 1024 * 1024
# How Rasa logs: without what people wrote.
_RASA_LOGGING = ROOT / "server" / "rasa_logging.yml"


def launch(settings: Settings, stop: StopRequest) -> int:
    """Run everything until ``stop``; 0 after an orderly end, 1 when it could not start."""
    try:
        locations = Locations.from_environment()
        check(settings, locations.models)
        launcher = Launcher(settings, locations, stop)
    except (LaunchError, ValueError, OSError) as error:
        return _fail(error)
    try:
        launcher.run()
    except LaunchError as error:
        return _fail(error)
    finally:
        launcher.stop()
    return 0


def _fail(error: Exception) -> int:
    print(f"Error: {error}", file=sys.stderr, flush=True)
    return 1


class Launcher:
    """The parts of one running system. Make, :meth:`run`, and :meth:`stop` in any case."""

    def __init__(self, settings: Settings, locations: Locations, stop: StopRequest):
        self._stop, self._settings, self._started_at = stop, settings, time.monotonic()
        ports = free_ports()
        urls = ports.urls()
        self._inner = settings.model_copy(update={f"{name}_url": url for name, url in urls.items()})
        self._endpoints = RUN_FOLDER / f"endpoints-{settings.port}.yml"
        write_endpoints(ROOT / "endpoints.yml", self._endpoints, ports.actions)
        self._environment = child_environment(urls)
        self._question = load_rule_book(locations.rules).rules[0].questions[0]
        self._parts = [
            self._child("llm", [sys.executable, "-m", "llm", "serve", "--port", str(ports.llm)]),
            self._child(
                "actions", [RASA_PYTHON, "-m", "rasa_sdk", "--actions", "actions", "--port", str(ports.actions)]
            ),
            self._child("rasa", self._rasa_command(ports.rasa, locations.models)),
        ]
        self._gateway = self._child("gateway", [
            sys.executable, "-m", "server", "serve", "--host", settings.host, "--port", str(settings.port),
        ])  # fmt: skip
        self._watch = Watch({
            "llm": f"{urls['llm']}/health/live", "actions": f"{urls['actions']}/health", "rasa": urls["rasa"],
            "gateway": f"{self._local_address()}/health/live",
        })  # fmt: skip
        self._children: list[Child] = []
        self._ready = False

    def run(self) -> None:
        """Start, wait for answers, then watch until stopped.

        Raises:
            LaunchError: a part keeps dying, or nothing answers in time.
        """
        print("Arrancando el asistente…", flush=True)
        for part in self._parts:
            self._start(part)
        self._wait_for_parts()
        if not self._stop:
            self._start(self._gateway)
        self._wait_for_gateway()
        if not self._stop:
            print(f"Listo: {self._address()}  (Ctrl-C para terminar)", flush=True)
            self._ready = True
        while not self._stop.wait(_TICK):
            self._give_up_the_hung()
            self._revive()

    def stop(self) -> None:
        """End every process that was started."""
        if self._stop:
            print("Terminando…", flush=True)
        stop_all(self._children, GRACE)
        self._endpoints.unlink(missing_ok=True)

    def _child(self, name: str, command: list[str | Path]) -> Child:
        log = RUN_FOLDER / "logs" / f"{name}.log"
        return Child(name, [str(part) for part in command], log, self._environment, ROOT)

    def _rasa_command(self, port: int, models: Path) -> list[str | Path]:
        return [
            RASA_PYTHON, "-m", "rasa", "run", "--port", str(port), "--interface", "127.0.0.1",
            "--endpoints", self._endpoints, "--credentials", "credentials.yml", "-m", models,
            "--logging-config-file", _RASA_LOGGING,
        ]  # fmt: skip

    def _start(self, child: Child) -> None:
        if self._stop:
            return
        if child not in self._children:
            self._children.append(child)
        child.start()

    def _wait_for_parts(self) -> None:
        waiting = [part.name for part in self._parts]
        self._wait_for(waiting, lambda: asyncio.run(_answering(self._inner, self._question, waiting, self._stop)))

    def _wait_for_gateway(self) -> None:
        self._wait_for(["gateway"], lambda: ["gateway"] if self._gateway_ready() else [])

    def _wait_for(self, waiting: list[str], answering: Callable[[], list[str]]) -> None:
        """Until every name of ``waiting`` (emptied here) was in ``answering()``."""
        reported = time.monotonic()
        while waiting and not self._stop:
            for name in answering():
                waiting.remove(name)
                print(f"  ✓ {name} responde ({self._seconds():.0f} s)", flush=True)
            self._revive()
            if waiting and self._seconds() > _START_LIMIT:
                raise LaunchError(f"{', '.join(waiting)} no responde. Mira {RUN_FOLDER.name}/logs/{waiting[0]}.log")
            if waiting and time.monotonic() - reported > _REPORT_EVERY:
                reported = time.monotonic()
                print(f"  … esperando a {', '.join(waiting)} ({self._seconds():.0f} s)", flush=True)
            if waiting:
                self._stop.wait(_PROBE_EVERY)

    def _gateway_ready(self) -> bool:
        try:
            with httpx.Client(trust_env=False, timeout=_GATEWAY_TIMEOUT) as client:
                return bool(client.get(f"{self._local_address()}/health/ready").json()["status"] == "ok")
        except (httpx.HTTPError, ValueError, LookupError):
            return False

    def _local_address(self) -> str:
        """Where this machine reaches the gateway."""
        host = "127.0.0.1" if self._settings.host in ("0.0.0.0", "::", "localhost") else self._settings.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._settings.port}"

    def _give_up_the_hung(self) -> None:
        """Kill what runs but answers nothing; it is started again as if it had died."""
        for child in self._watch.hung(self._children, self._stop):
            print(f"  ! {child.name} ya no responde; se termina para arrancarla de nuevo", flush=True)
            child.signal_group(signal.SIGKILL)

    def _revive(self) -> None:
        """Start again what died: at once, then after 1, 2, 4… seconds."""
        for child in self._children:
            child.bound_log(_LONGEST_LOG)
            if child.retry_at is None and child.exit_code() is not None:
                self._note_death(child)
            if child.retry_at is not None and time.monotonic() >= child.retry_at:
                self._start(child)

    def _note_death(self, child: Child) -> None:
        child.signal_group(signal.SIGKILL)
        if self._stop:
            return
        child.deaths = 1 if child.uptime() > _STEADY_AFTER else child.deaths + 1
        if not self._ready and child.deaths > _DEATHS_WHILE_STARTING:
            raise LaunchError(f"{child.name} no arranca. Fin de {child.log.relative_to(ROOT)}:\n{child.last_lines()}")
        pause = 0.0 if child.deaths == 1 else min(2.0 ** (child.deaths - 2), _LONGEST_PAUSE)
        child.retry_at = time.monotonic() + pause
        print(
            f"  ! {child.name} se detuvo (código {child.exit_code()}); se arranca de nuevo en {pause:.0f} s. "
            f"Detalles en {child.log.relative_to(ROOT)}",
            flush=True,
        )

    def _seconds(self) -> float:
        return time.monotonic() - self._started_at

    def _address(self) -> str:
        host = "localhost" if self._settings.host in ("127.0.0.1", "0.0.0.0", "::", "::1") else self._settings.host
        return f"http://{host}:{self._settings.port}"


async def _answering(settings: Settings, question: str, names: list[str], stop: StopRequest) -> list[str]:
    """Which of the parts ``names`` answer now; none once ``stop`` is asked for."""
    async with httpx.AsyncClient(trust_env=False) as client:
        parts = [part for part in remote_parts(client, settings, question) if part.name in names]
        checks = asyncio.gather(*(part.check(settings.canary_timeout) for part in parts))
        while not checks.done() and not stop:
            await asyncio.wait([checks], timeout=_TICK)
        if not checks.done():
            checks.cancel()
            await asyncio.gather(checks, return_exceptions=True)
            return []
    return [part.name for part, state in zip(parts, checks.result(), strict=True) if state["status"] == "ok"]
