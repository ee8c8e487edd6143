"""What is checked and laid out before any part starts."""
from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

import yaml

from rules.addresses import AddressError, PortTakenError, check_address
from rules.locations import ROOT
from server.settings import Settings

RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
LOOPBACK = "127.0.0.1"


class LaunchError(RuntimeError):
    """It can't start; the message says why and how to mend it, in Spanish."""


@dataclass(frozen=True)
class Ports:
    """Loopback ports of the inner parts."""

    rasa: int
    actions: int
    llm: int

    def urls(self) -> dict[str, str]:
        """The address of each part."""
        return {name: f"http://{LOOPBACK}:{getattr(self, name)}" for name in ("rasa", "actions", "llm")}


def check(settings: Settings, models: Path) -> None:
    """What must hold before anything starts.

    Raises:
        LaunchError: the port is taken, Rasa is not installed or not trained.
    """
    check_port(settings.host, settings.port)
    if not RASA_PYTHON.exists():
        raise LaunchError("Falta el entorno de Rasa (.venv-rasa). Ejecuta «make setup»")
    if not any(models.glob("*.tar.gz")):
        raise LaunchError(f"No hay un modelo entrenado en {models}. Ejecuta «make train»")


def check_port(host: str, port: int) -> None:
    """Whether ``port`` of ``host`` can be listened on.

    Raises:
        LaunchError: it is taken, forbidden, or the host is not this machine's.
    """
    try:
        check_address(host, port)
    except PortTakenError as error:
        other = port + 1 if port < 65535 else 8000
        raise LaunchError(f"{error}. Cierra el programa que lo ocupa o elige otro: PORT={other} make run") from error
    except AddressError as error:
        raise LaunchError(f"{error}. Cámbialo con HOST y PORT, en el entorno o en .env") from error


def free_ports() -> Ports:
    """Three loopback ports that nobody uses now."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(3)]
    try:
        return Ports(*(s.getsockname()[1] for s in sockets))
    finally:
        for each in sockets:
            each.close()


def write_endpoints(source: Path, target: Path, actions_port: int) -> None:
    """The project's ``endpoints.yml`` with the action server's real address."""
    given = yaml.safe_load(source.read_text("utf-8")) if source.is_file() else None
    endpoints = {**(given or {}), "action_endpoint": {"url": f"http://{LOOPBACK}:{actions_port}/webhook"}}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(yaml.safe_dump(endpoints), "utf-8")


def child_environment(urls: dict[str, str]) -> dict[str, str]:
    """The children's environment: ours, and where the parts are."""
    environment = {
        **os.environ,
        **{f"CSE_{name.upper()}_URL": url for name, url in urls.items()},
        "RASA_TELEMETRY_ENABLED": "false",
        # Read by the action server, which would listen on every interface.
        "SANIC_HOST": LOOPBACK,
        "PYTHONUNBUFFERED": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        # The matcher's matrices are small: a second BLAS thread would only spin and double its time.
        "OPENBLAS_NUM_THREADS": "1",
    }
    for name in ("SANIC_WORKERS", "PORT", "HOST", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"):
        environment.pop(name, None)
    return environment
