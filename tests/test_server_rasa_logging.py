"""Rasa's log under our configuration, written by Rasa's own channel in Rasa's own Python."""
from __future__ import annotations

import subprocess

import pytest

from rules.locations import ROOT

RASA_PYTHON = ROOT / ".venv-rasa/bin/python"
SCRIPT = """
import logging, sys
import rasa.utils.common
from rasa.utils.log_utils import configure_structlog
from rasa.core.channels import rest

# As rasa's own __main__ does it.
rasa.utils.common.configure_logging_and_warnings(logging.INFO, sys.argv[1] or None)
configure_structlog(logging.INFO)

def turn(said):
    try:
        raise KeyError(said)
    except KeyError:
        rest.structlogger.exception("rest.message.received.failure", text=said)

rest.structlogger.error("rest.message.received.timeout", text="matrícula 2203")
turn("mi matrícula es 2203")
logging.getLogger("rasa.core.run").warning("plain line")
"""


def logged(config: str) -> str:
    done = subprocess.run([str(RASA_PYTHON), "-c", SCRIPT, config], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.skipif(not RASA_PYTHON.is_file(), reason="the Rasa environment is not built")
def test_what_students_wrote_stays_out_and_what_happened_is_kept():
    log = logged("server/rasa_logging.yml")
    assert "2203" not in log
    assert "rest.message.received.timeout" in log and "plain line" in log
    assert "rest.message.received.failure" in log and "KeyError" in log and '"lineno": 1' in log


@pytest.mark.skipif(not RASA_PYTHON.is_file(), reason="the Rasa environment is not built")
def test_rasa_itself_would_write_it():
    assert "2203" in logged(""), "then server/rasa_logging.py is needed no more"
