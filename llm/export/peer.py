"""The third environment, where torch and llama.cpp live: its programs are run, never imported."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from rules.locations import ROOT

PEER_PYTHON = ROOT / ".venv-peer/bin/python"
_LAST_LINES = 3  # of what a program that failed wrote


class PeerError(ValueError):
    """A peer isn't installed, or it failed; the message says how to mend it."""


def has_peer(python: Path = PEER_PYTHON) -> bool:
    """Whether ``make peer`` has been run."""
    return python.is_file()


def run_peer(program: str, *arguments: str | Path, python: Path = PEER_PYTHON) -> Any:
    """What ``llm.peer.<program>`` prints for ``arguments``, read as JSON.

    Raises PeerError.
    """
    if not has_peer(python):
        raise PeerError("Falta el entorno .venv-peer (torch, transformers, llama.cpp): haz «make peer».")
    command = [str(python), "-m", f"llm.peer.{program}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " | ".join(done.stderr.strip().splitlines()[-_LAST_LINES:])
        raise PeerError(f"llm.peer.{program} falló: {said}. Repite «make peer».")
    return json.loads(done.stdout.strip().splitlines()[-1])
