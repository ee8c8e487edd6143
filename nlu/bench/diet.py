"""Stock Rasa (CountVectors + DIET + FallbackClassifier) as a peer, run in environment A.

Training takes minutes to hours, so each result is kept in a folder under a hash of all that went into it.
"""
from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nlu.bench.measure import Cost, Row, tuned_row
from nlu.bench.scoring import Answer, Judged, point
from nlu.bench.sets import BenchSet
from nlu.questions import Question
from rules.book import RuleBook
from rules.locations import ROOT

NAME = "stock Rasa (DIET, 100 epochs)"
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
# What `rasa init` proposes, less what needs entities or whole conversations.
CONFIG = """\
recipe: default.v1
language: es
pipeline:
  - name: WhitespaceTokenizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: 100
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1
"""


class DietError(RuntimeError):
    """Rasa could not be run; the message says why, in Spanish."""


@dataclass(frozen=True)
class DietRun:
    """Answers of one trained model, which of them FallbackClassifier refused, and what it cost."""

    answers: list[Answer]
    refused: np.ndarray
    cost: Cost


def check() -> None:
    """Raises:
    DietError: environment A is missing.
    """
    if not RASA_PYTHON.exists():
        raise DietError("Falta el entorno de Rasa (.venv-rasa). Ejecuta «make setup», o usa --diet none")


def diet_row(bench_set: BenchSet, cache: Path) -> Row:
    """The row of stock Rasa with tuned thresholds, and what it does at its own default.

    Raises:
        DietError: environment A is missing, or Rasa failed.
    """
    same = bench_set.tuning_book is bench_set.book
    together = run_diet(bench_set.book, (*bench_set.test, *(bench_set.tuning if same else ())), cache)
    size = len(bench_set.test)
    tuned = together.answers[size:] if same else run_diet(bench_set.tuning_book, bench_set.tuning, cache).answers
    test = Judged(together.answers[:size], bench_set.test)
    row = tuned_row(bench_set.name, NAME, Judged(tuned, bench_set.tuning), test, together.cost)
    return replace(row, stock=point(test, ~together.refused[:size]))


def run_diet(book: RuleBook, questions: Sequence[Question], cache: Path) -> DietRun:
    """Train on ``book`` and ask ``questions``, or read what an earlier run kept in ``cache``.

    Raises:
        DietError: environment A is missing, or Rasa failed.
    """
    examples = {rule.id: list(rule.questions) for rule in book.rules}
    job = json.dumps({"examples": examples, "config": CONFIG, "questions": [q.text for q in questions]})
    kept = cache / f"{hashlib.sha256(job.encode()).hexdigest()[:24]}.json"
    if not kept.is_file():
        _work(job, kept)
    return _read(json.loads(kept.read_text(encoding="utf-8")))


def _work(job: str, kept: Path) -> None:
    check()
    kept.parent.mkdir(parents=True, exist_ok=True)
    target = kept.with_suffix(".tmp")
    command = [str(RASA_PYTHON), "-m", "nlu.bench.diet_worker", str(target.resolve())]
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, input=job, text=True, capture_output=True, cwd=ROOT, env=environment)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise DietError(f"Rasa no pudo con el conjunto. Fin de lo que dijo:\n{tail}")
    os.replace(target, kept)


def _read(result: dict[str, Any]) -> DietRun:
    lines = result["answers"]
    parse, ratio = (np.array([line[column] for line in lines]) for column in (3, 4))
    median = float(np.median(parse))
    cost = Cost(result["train_seconds"], median, float(parse.mean()), median / float(np.median(ratio)))
    answers = [Answer(rule, score) for rule, score, *_ in lines]
    return DietRun(answers, np.array([line[2] for line in lines]), cost)
