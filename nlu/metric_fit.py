"""Fit ``metric.npy``: ``python -m nlu metric``.

Supervised contrastive learning (Khosla et al. 2020, eq. 2) of a linear map of the encoder's vectors: of some variants of
some rules of one office each is drawn to its rule's others and away from all of other rules. The map starts
as the identity and is held near it, so that what the encoder knows of other languages and subjects stays.
"""
from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.encoder import Encoder
from nlu.metric import METRIC_FILE

# Chosen on the offices of data/calibration/oficinas, which the fit doesn't see.
_STEPS, _RATE, _WARMING = 2000, 3e-4, 0.3
_TEMPERATURE, _NEARNESS_TO_IDENTITY = 0.07, 3e-3
_RULES_A_STEP, _VARIANTS_A_RULE = 64, 6
_FIRST_MOMENT, _SECOND_MOMENT, _TINY = 0.9, 0.999, 1e-8  # Adam (Kingma & Ba 2015)
_SEED = 0
_TOLD_EVERY = 200


class VariantsError(ValueError):
    """A file of variants can't be used; the message says where and how to mend it, in Spanish."""


@dataclass(frozen=True)
class Variants:
    """An office's variants: unit vectors, shape (n, dimensions), and the places of each rule's rows."""

    vectors: np.ndarray
    rows: tuple[np.ndarray, ...]


def read_variants(path: Path) -> list[list[str]]:
    """Each rule's variants, of a file with ``{"rule": id, "questions": […]}`` a line.

    Raises:
        VariantsError: a line isn't that, or a rule has fewer than two variants.
    """
    rules = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            questions = json.loads(line)["questions"]
        except (ValueError, LookupError, TypeError) as error:
            raise VariantsError(f'{path}:{number}: no es {{"rule": "id", "questions": ["…"]}}. Corrige el renglón') from error
        if not isinstance(questions, list) or len(questions) < 2 or not all(isinstance(q, str) for q in questions):
            raise VariantsError(f"{path}:{number}: hacen falta dos preguntas o más, como textos. Agrégalas")
        rules.append(questions)
    return rules


def read_offices(folder: Path, encoder: Encoder) -> Iterator[Variants]:
    """The offices of ``folder``, a file each, by name.

    Raises:
        VariantsError: a file can't be used, or there is none.
    """
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise VariantsError(f"{folder}: no hay archivos .jsonl con variantes. Revisa la ruta")
    for file in files:
        rules = read_variants(file)
        ends = np.cumsum([len(questions) for questions in rules])
        rows = tuple(np.split(np.arange(ends[-1]), ends[:-1]))
        yield Variants(encoder.encode([question for questions in rules for question in questions]), rows)


def contrastive(metric: np.ndarray, vectors: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """The loss of ``vectors``, shape (n, dimensions), under ``metric``, and its gradient with respect to ``metric``.

    Args:
        labels: the rule of each vector, shape (n,); each rule at least twice.
    """
    mapped = vectors @ metric
    lengths = np.linalg.norm(mapped, axis=1, keepdims=True)
    units = mapped / lengths
    likeness = units @ units.T / np.float32(_TEMPERATURE)
    np.fill_diagonal(likeness, -np.inf)
    likeness -= likeness.max(axis=1, keepdims=True)
    shares = np.exp(likeness)
    shares /= shares.sum(axis=1, keepdims=True)
    wanted = (labels[:, None] == labels).astype(np.float32)
    np.fill_diagonal(wanted, 0)
    wanted /= wanted.sum(axis=1, keepdims=True)
    loss = -float((wanted * np.log(np.maximum(shares, 1e-12))).sum()) / len(vectors)
    slope = (shares - wanted) / len(vectors)
    towards = (slope + slope.T) @ units / np.float32(_TEMPERATURE)
    within = (towards - units * (units * towards).sum(axis=1, keepdims=True)) / lengths
    gradient: np.ndarray = vectors.T @ within
    return loss, gradient


def fitted(offices: Sequence[Variants], steps: int = _STEPS, progress: Callable[[str], None] = print) -> np.ndarray:
    """The map that ``steps`` of Adam find, float32, shape (dimensions, dimensions)."""
    rng = np.random.default_rng(_SEED)
    identity = np.eye(offices[0].vectors.shape[1], dtype=np.float32)
    metric, first, second = identity.copy(), np.zeros_like(identity), np.zeros_like(identity)
    mean_loss = 0.0
    for step in range(1, steps + 1):
        vectors, labels = _drawn(offices[int(rng.integers(len(offices)))], rng)
        loss, gradient = contrastive(metric, vectors, labels)
        gradient = gradient + 2 * _NEARNESS_TO_IDENTITY * (metric - identity)
        first = _FIRST_MOMENT * first + (1 - _FIRST_MOMENT) * gradient
        second = _SECOND_MOMENT * second + (1 - _SECOND_MOMENT) * gradient * gradient
        direction = first / (1 - _FIRST_MOMENT**step) / (np.sqrt(second / (1 - _SECOND_MOMENT**step)) + _TINY)
        metric = metric - np.float32(_rate(step / steps)) * direction
        mean_loss += (loss - mean_loss) / min(step, _TOLD_EVERY)
        if step % _TOLD_EVERY == 0:
            progress(f"step {step} of {steps}: loss {mean_loss:.3f}")
    return metric.astype(np.float32)


def _drawn(office: Variants, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Some variants of some rules: their vectors, and the place of each one's rule among those drawn."""
    rules = rng.permutation(len(office.rows))[:_RULES_A_STEP]
    chosen = [rng.permutation(office.rows[rule])[:_VARIANTS_A_RULE] for rule in rules]
    labels = np.repeat(np.arange(len(chosen)), [len(rows) for rows in chosen])
    return office.vectors[np.concatenate(chosen)], labels


def _rate(done: float) -> float:
    """The learning rate when so much (0–1) is done: up to its height, then down along a cosine."""
    if done < _WARMING:
        return _RATE * done / _WARMING
    return _RATE * (1 + math.cos(math.pi * (done - _WARMING) / (1 - _WARMING))) / 2


def fit(folder: Path, encoder: Encoder, target: Path = METRIC_FILE, progress: Callable[[str], None] = print) -> None:
    """Fit the map on the offices of ``folder``, whose variants ``encoder`` reads without it; write ``target``.

    Raises:
        VariantsError: a file can't be used, or there is none.
        OSError: ``target`` can't be written.
    """
    offices = list(read_offices(folder, encoder))
    progress(f"{len(offices)} offices, {sum(len(office.vectors) for office in offices)} variants")
    metric = fitted(offices, progress=progress)
    draft = target.with_name(f"draft-{target.name}")  # np.save adds .npy to any other name
    np.save(draft, metric.astype(np.float16))
    draft.replace(target)
    progress(f"{target.name}: written")
