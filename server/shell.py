"""``rasa shell`` with the parts that it needs: the llm service and the action server."""
from __future__ import annotations

import subprocess
import sys

from rules.locations import ROOT
from server.children import Child, stop_all
from server.preparation import RASA_PYTHON, child_environment, free_ports, write_endpoints

_GRACE = 8.0


def shell() -> int:
    """Talk in the terminal until the user leaves; returns Rasa's exit status."""
    ports = free_ports()
    run = ROOT / ".run"
    endpoints = run / "endpoints-shell.yml"
    write_endpoints(ROOT / "endpoints.yml", endpoints, ports.actions)
    environment = child_environment(ports.urls())
    commands = {
        "shell-llm": [sys.executable, "-m", "llm", "serve", "--port", str(ports.llm)],
        "shell-actions": [str(RASA_PYTHON), "-m", "rasa_sdk", "--actions", "actions", "--port", str(ports.actions)],
    }
    children = [Child(name, command, run / "logs" / f"{name}.log", environment, ROOT) for name, command in commands.items()]
    try:
        for child in children:
            child.start()
        command = [str(RASA_PYTHON), "-m", "rasa", "shell", "--endpoints", str(endpoints)]
        return subprocess.run(command, cwd=ROOT, env=environment).returncode
    finally:
        stop_all(children, _GRACE)
        endpoints.unlink(missing_ok=True)
