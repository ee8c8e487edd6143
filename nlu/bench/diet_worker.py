"""Stock Rasa, asked in its own environment (A): reads a job as JSON on stdin, writes the result to a file.

Job: ``examples`` (intent → texts), ``config`` (Rasa's configuration as text), ``questions``.
Result: ``train_seconds`` and a line a question with intent, confidence (before any
fallback), whether FallbackClassifier refused it, and the milliseconds of the parse and of RapidFuzz's
``ratio`` over the same variants, taken in turn. Times are processor time.
"""
from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from nlu.text import normalize

FALLBACK = "nlu_fallback"


def _train(job: dict[str, Any], folder: Path) -> str:
    from rasa.model_training import train_nlu
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLWriter
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.nlu.training_data.training_data import TrainingData

    messages = [Message.build(text=text, intent=intent) for intent, texts in job["examples"].items() for text in texts]
    RasaYAMLWriter().dump(str(folder / "nlu.yml"), TrainingData(messages))
    (folder / "config.yml").write_text(job["config"], encoding="utf-8")
    model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder / "models"))
    if model is None:
        raise RuntimeError("Rasa trained no model")
    return str(model)


async def _ask(agent: Any, questions: list[str], variants: list[str]) -> list[tuple[str | None, float, bool, float, float]]:
    lines = []
    for question in questions:
        start = time.process_time()
        parsed = await agent.parse_message(question)
        middle = time.process_time()
        process.extractOne(normalize(question), variants, scorer=fuzz.ratio)
        end = time.process_time()
        refused = parsed["intent"]["name"] == FALLBACK
        best = next((entry for entry in parsed["intent_ranking"] if entry["name"] != FALLBACK), None)
        intent, confidence = (best["name"], best["confidence"]) if best else (None, 0.0)
        lines.append((intent, float(confidence), refused, (middle - start) * 1000, (end - middle) * 1000))
    return lines


def main(target: Path) -> None:
    """Train, load and ask; write the result to ``target``."""
    job = json.load(sys.stdin)
    variants = [normalize(text) for texts in job["examples"].values() for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RASA_CACHE_DIRECTORY"] = str(Path(folder) / "cache")
        from rasa.core.agent import Agent
        from rasa.utils.log_utils import configure_structlog

        configure_structlog(logging.WARNING)
        start = time.process_time()
        model = _train(job, Path(folder))
        trained = time.process_time()
        lines = asyncio.run(_ask(Agent.load(model), job["questions"], variants))
    target.write_text(json.dumps({"train_seconds": trained - start, "answers": lines}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
