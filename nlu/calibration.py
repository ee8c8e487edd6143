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
    OUT_OF_SCOPE_SHARE,
    TAIL_FEATURES,
    BookStatistics,
    ConfidenceModel,
    Curve,
    Threshold,
    proven_threshold,
    risk_curve,
)
from nlu.evidence import FEATURES
from nlu.leaveout import LeftOut, at_share, without_their_rule, without_themselves
from nlu.matcher import Matcher
from nlu.questions import Question

FORMAT = 3
# Mean variants a rule from which left-out variants speak for students' questions: in a book this
# ample another variant stays near. Below, they mislead in either direction (see NOTES.md).
AMPLE_FROM = 30
# The tails are kept as this many quantiles.
TAIL_POINTS = 256


@dataclass(frozen=True)
class Calibration:
    """Statistics of one rule book, valid for the book with that hash only.

    ``own`` is the risk curve over the book's own turns, empty unless the book is ample;
    ``judged`` is the risk curve over turns that the office judged, empty when there are none;
    ``judged_hash`` tells which turns those were.
    """

    book_hash: str
    statistics: BookStatistics
    turns: int
    own: Curve = ()
    judged: Curve = ()
    judged_hash: str = ""

    @property
    def variants_a_rule(self) -> float:
        """Mean number of variants a rule."""
        return float(self.statistics.variants.mean())

    def threshold(self, model: ConfidenceModel, risk: float) -> Threshold:
        """The threshold in force at ``risk``: proven on judged turns where that is possible, else the
        lower of what the development books and, in an ample book, its own turns allow."""
        judged = proven_threshold(self.judged, risk, "turnos juzgados")
        if judged:
            return judged
        general = model.threshold(risk, self.variants_a_rule)
        own = proven_threshold(self.own, risk, "variantes de este libro, dejadas fuera")
        return own if own and own.value < general.value else general

    def to_json(self) -> str:
        return json.dumps(
            {
                "format": FORMAT,
                "book_hash": self.book_hash,
                "turns": self.turns,
                "tails": dict(zip(TAIL_FEATURES, self.statistics.tails.round(6).tolist(), strict=True)),
                "variants": self.statistics.variants.tolist(),
                "own": self.own,
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
        own, judged = (tuple((float(t), int(n), int(k)) for t, n, k in data[name]) for name in ("own", "judged"))
        return cls(data["book_hash"], statistics, data["turns"], own, judged, data["judged_hash"])


def calibrate(matcher: Matcher, judged: Sequence[Question] = ()) -> Calibration:
    """Fit the statistics of ``matcher``'s book, and its risk on its own and on ``judged`` turns.
    Deterministic."""
    missing = without_their_rule(matcher)
    statistics = _statistics(matcher, missing)
    ample = statistics.variants.mean() >= AMPLE_FROM
    return Calibration(
        matcher.book.hash,
        statistics,
        len(missing.right),
        _own_curve(matcher, statistics, missing) if ample else (),
        _judged_curve(matcher, statistics, judged) if judged else (),
        turns_hash(judged),
    )


def book_statistics(matcher: Matcher) -> BookStatistics:
    """What the book adds to the evidence, without any risk curve."""
    return _statistics(matcher, without_their_rule(matcher))


def _statistics(matcher: Matcher, missing: LeftOut) -> BookStatistics:
    columns = [FEATURES.index(name) for name in TAIL_FEATURES]
    tails = np.zeros((len(columns), 1))
    if len(missing.values):
        grid = np.linspace(0, 1, min(TAIL_POINTS, len(missing.values)))
        tails = np.quantile(missing.values[:, columns], grid, axis=0).T
    return BookStatistics(tails, np.diff(matcher.extractor.first_row))


def turns_hash(judged: Sequence[Question]) -> str:
    """SHA-256 (hex) of judged turns and of the model that rates all turns."""
    return hashlib.sha256(CONFIDENCE_FILE.read_bytes() + repr(list(judged)).encode()).hexdigest()


def _own_curve(matcher: Matcher, statistics: BookStatistics, missing: LeftOut) -> Curve:
    """Risk on left-out variants, with those whose rule is missing as the out-of-scope share."""
    alone = without_themselves(matcher)
    values, rules = np.concatenate((alone.values, missing.values)), np.concatenate((alone.rules, missing.rules))
    right = np.concatenate((alone.right, missing.right))
    outside = np.repeat([False, True], [len(alone.right), len(missing.right)])
    kept = at_share(outside, OUT_OF_SCOPE_SHARE)
    confidence = ConfidenceModel.load().probability(statistics.inputs(values[kept], rules[kept]))
    return risk_curve(confidence, right[kept])


def _judged_curve(matcher: Matcher, statistics: BookStatistics, judged: Sequence[Question]) -> Curve:
    best = [matcher.rank(question.text, 1)[0] for question in judged]
    inputs = statistics.inputs(np.array([e.values for e in best]), np.array([e.rule for e in best]))
    right = np.array([matcher.rule(e).id == question.rule for e, question in zip(best, judged, strict=True)])
    return risk_curve(ConfidenceModel.load().probability(inputs), right)


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
