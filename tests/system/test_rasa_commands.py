"""Rasa's own commands run from the root, as a Rasa developer expects."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rules.locations import ROOT
from server.preparation import RASA_PYTHON

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


def _rasa(*arguments: str) -> str:
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false"}
    done = subprocess.run(
        [str(RASA_PYTHON), "-m", "rasa", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module", autouse=True)
def trained() -> None:
    done = subprocess.run([sys.executable, "-m", "server", "train"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_training_data_is_valid() -> None:
    assert "No story structure conflicts found" in _rasa("data", "validate")


def test_every_dialogue_path_goes_as_its_story_says(tmp_path: Path) -> None:
    _rasa("test", "core", "--e2e", "--stories", "tests/dialogue", "--out", str(tmp_path))
    report = json.loads((tmp_path / "story_report.json").read_text("utf-8"))
    assert report["conversation_accuracy"]["accuracy"] == 1.0, (tmp_path / "failed_test_stories.yml").read_text("utf-8")
