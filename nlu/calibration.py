"""Fit once per rule book what the confidence needs to know of it; keep it as one JSON file.

The turns are the book's own variants, asked as if their rule had never been written: how strong
the evidence for a wrong rule then gets is what a later question is held against.
"""
from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.confidence import (
    CONFIDENCE_FILE,
    TAIL_FEATURES,
    BookStatistics,
    ConfidenceModel,
    Curve,
    Threshold,
    risk_curve,
    threshold_from_judged,
)
from nlu.evidence import FEATURES
from nlu.matcher import Matcher
from nlu.questions import Question

FORMAT = 2
MAX_TURNS = 2000
# The tails are kept as this many quantiles.
TAIL_POINTS = 256
_SEED = 20261122


@dataclass(frozen=True)
class Calibration:
    """Statistics of one rule book, valid for the book with that hash only.

    ``judged`` is the risk curve over turns that the office judged, empty when there are none;
    ``judged_hash`` tells which turns those were.
    """

    book_hash: str
    statistics: BookStatistics
    turns: int
    judged: Curve = ()
    judged_hash: str = ""

    @property
    def variants_a_rule(self) -> float:
        """Mean number of variants a rule."""
        return float(self.statistics.variants.mean())

    def threshold(self, model: ConfidenceModel, risk: float) -> Threshold:
        """The threshold in force at ``risk``: proven on judged turns where that is possible."""
        return threshold_from_judged(self.judged, risk) or model.threshold(risk, self.variants_a_rule)

    def to_json(self) -> str:
        return json.dumps(
            {
                "format": FORMAT,
                "book_hash": self.book_hash,
                "turns": self.turns,
                "tails": dict(zip(TAIL_FEATURES, self.statistics.tails.round(6).tolist(), strict=True)),
                "variants": self.statistics.variants.tolist(),
                "judged": self.judged,
                "judged_hash": self.judged_hash,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        data = json.loads(text)
        if data.get("format") != FORMAT:
            raise ValueError("written by another version")
        tails = np.array([data["tails"][name] for name in TAIL_FEATURES])
        statistics = BookStatistics(tails, np.array(data["variants"]))
        judged = tuple((float(t), int(n), int(k)) for t, n, k in data["judged"])
        return cls(data["book_hash"], statistics, data["turns"], judged, data["judged_hash"])


def calibrate(matcher: Matcher, judged: Sequence[Question] = ()) -> Calibration:
    """Fit the statistics of ``matcher``'s book, and its risk on ``judged`` turns; deterministic."""
    values = _turns_without_their_rule(matcher)
    columns = [FEATURES.index(name) for name in TAIL_FEATURES]
    if len(values):
        grid = np.linspace(0, 1, min(TAIL_POINTS, len(values)))
        tails = np.quantile(values[:, columns], grid, axis=0).T
    else:
        tails = np.zeros((len(columns), 1))
    variants = np.diff(matcher.extractor.first_row)
    statistics = BookStatistics(tails, variants)
    curve = _judged_curve(matcher, statistics, judged) if judged else ()
    return Calibration(matcher.book.hash, statistics, len(values), curve, turns_hash(judged))


def turns_hash(judged: Sequence[Question]) -> str:
    """SHA-256 (hex) of judged turns and of the model that rates them; empty for none."""
    if not judged:
        return ""
    return hashlib.sha256(CONFIDENCE_FILE.read_bytes() + repr(list(judged)).encode()).hexdigest()


def _judged_curve(matcher: Matcher, statistics: BookStatistics, judged: Sequence[Question]) -> Curve:
    best = [matcher.rank(question.text, 1)[0] for question in judged]
    inputs = statistics.inputs(np.array([e.values for e in best]), np.array([e.rule for e in best]))
    right = np.array([matcher.rule(e).id == question.rule for e, question in zip(best, judged, strict=True)])
    return risk_curve(ConfidenceModel.load().probability(inputs), right)


def _turns_without_their_rule(matcher: Matcher) -> np.ndarray:
    """Features of the best wrong rule for variants whose rule is left out, shape (n, features)."""
    extractor, rules = matcher.extractor, matcher.extractor.rules
    if rules < 2:
        return np.zeros((0, len(FEATURES)))
    rng = np.random.default_rng(_SEED)
    each = max(1, -(-MAX_TURNS // rules))
    turns = []
    for rule in range(rules):
        block = extractor.rows(rule)
        outputs = matcher.model.held_out(np.arange(block.start, block.stop))
        for offset in rng.permutation(len(block))[:each]:
            query = extractor.query_of(matcher.variants[block.start + offset])
            turns.append(extractor.candidates(query, outputs[offset], block)[0].values)
    return np.array(turns)


def load_or_fit(matcher: Matcher, path: Path | None, judged: Sequence[Question] = ()) -> Calibration:
    """The calibration kept at ``path`` if it is this book's, else a new one, written there.

    A read-only place is no failure: the fitted calibration is returned all the same.
    """
    if path is not None and path.is_file():
        try:
            kept = Calibration.from_json(path.read_text(encoding="utf-8"))
            if (kept.book_hash, kept.judged_hash) == (matcher.book.hash, turns_hash(judged)):
                return kept
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            pass  # an unreadable, damaged or outdated file is replaced below
    fitted = calibrate(matcher, judged)
    if path is not None:
        with suppress(OSError):  # only a cache: the next process fits again
            write_atomically(path, fitted.to_json())
    return fitted


def write_atomically(path: Path, text: str) -> None:
    """Write beside ``path``, then rename: a reader never sees half a file. All users may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
