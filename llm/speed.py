"""How long an answer takes on this machine: ``python -m llm speed``.

A row is one way to decode; another engine joins the table with an iterator of its own rows.
"""
from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from llm.engine import Choice, load_engine

Decode = Callable[[Sequence[Sequence[int]]], Iterable[list[int]]]

_FIRST_PIECE, _LAST_PIECE = 600, 30_000  # ordinary pieces of the Spanish vocabulary


@dataclass(frozen=True)
class Row:
    """Medians of one way to decode ``rows`` replies at a time, in seconds."""

    name: str
    rows: int
    first: float
    whole: float

    def line(self, tokens: int) -> str:
        """The row as it is printed; ``tokens`` of each reply."""
        return f"{self.name:<28} {self.rows:5d} {self.first:12.2f} {self.whole:11.2f} {self.rows * tokens / self.whole:9.1f}"


@dataclass(frozen=True)
class Plan:
    """What is measured: a prompt's and a reply's ``tokens``, how often, and of which model."""

    choice: Choice
    prompt: int = 250
    tokens: int = 60
    repeats: int = 3
    dtypes: Sequence[str] = ("float32", "bfloat16")
    batches: Sequence[int] = (1, 4)


def speed(plan: Plan, say: Callable[[str], None] = print) -> list[Row]:
    """Measure and print the table, a row as soon as it is known. Raises WeightsError without the weights."""
    say(f"Carga de la máquina: {os.getloadavg()[0]:.1f} con {os.cpu_count()} núcleos. {Path(plan.choice.preset).name}, "
        f"{plan.prompt} + {plan.tokens} tokens, mediana de {plan.repeats}.")  # fmt: skip
    say(f"{'':<28} {'filas':>5} {'primer token':>12} {'entera (s)':>11} {'tokens/s':>9}")
    rows = []
    for row in own_rows(plan):
        say(row.line(plan.tokens))
        rows.append(row)
    return rows


def own_rows(plan: Plan) -> Iterator[Row]:
    """KerasHub in this process, as the service uses it."""
    for dtype in plan.dtypes:
        engine = load_engine(plan.choice, dtype)
        for rows in plan.batches:
            yield measure(f"KerasHub {dtype}", engine.decoder.decode, prompts(plan.prompt, rows), plan)


def prompts(tokens: int, rows: int) -> list[list[int]]:
    """``rows`` prompts of ``tokens`` ordinary pieces, the same in every run."""
    random = np.random.default_rng(0)
    return [[int(piece) for piece in random.integers(_FIRST_PIECE, _LAST_PIECE, tokens)] for _ in range(rows)]


def measure(name: str, decode: Decode, asked: Sequence[Sequence[int]], plan: Plan) -> Row:
    """The row ``name``: ``decode`` on ``asked``, after one run that warms it up."""
    timings = [_time(decode(asked), plan.tokens) for _ in range(plan.repeats + 1)][1:]
    return Row(name, len(asked), median(first for first, _ in timings), median(whole for _, whole in timings))


def _time(steps: Iterable[list[int]], tokens: int) -> tuple[float, float]:
    """Seconds to the first of ``tokens`` tokens and to the last."""
    start, first = time.perf_counter(), 0.0
    for place, _ in enumerate(steps, 1):
        first = first or time.perf_counter() - start
        if place == tokens:
            break
    return first, time.perf_counter() - start
