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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nlu.cascade import Cascade
from nlu.choice import CHOICE_FILE
from nlu.confidence import (
    AMPLE_FROM,
    CERTAINTY,
    CONFIDENCE_FILE,
    LETTERS,
    MEANING,
    BookStatistics,
    Curve,
    Stage,
    Threshold,
    development_threshold,
    proven_threshold,
    risk_curve,
    shared,
    sparing_threshold,
)
from nlu.doubt import DOUBT_FILE
from nlu.encoder import NONE
from nlu.leaveout import without_their_rule
from nlu.matcher import Matcher
from nlu.own_turns import own_curve
from nlu.questions import Question
from nlu.semantic import SemanticMatcher
from nlu.text import normalize

FORMAT = 10
# The tails are kept as this many quantiles.
TAIL_POINTS = 256


class CloseMiss(NamedTuple):
    """A judged turn that is about the office though no rule answers it, with the likeliest rule and the confidence in it;
    ``official``: whether that would be answered as the office's word, were the confidence enough."""

    text: str
    rule_id: str
    confidence: float
    official: bool = True


@dataclass(frozen=True)
class Calibration:
    """Statistics of one rule book, valid for the book with that hash and that encoder only.

    ``statistics`` belong to the opinion by letters, ``meaning`` to the second one (None without an
    encoder). ``own`` is the risk curve over the book's own turns, empty unless the book is ample;
    ``judged`` is the risk curve over turns that the office judged, empty when none counts; ``close_misses`` are those of
    them that are about the office though no rule answers them;
    ``judged_turns`` is how many count, ``judged_variants`` how many were left out because they are
    variants of the book, letter for letter; ``judged_hash`` tells which turns all those were.
    """

    book_hash: str
    encoder: str
    statistics: BookStatistics
    meaning: BookStatistics | None
    turns: int
    own: Curve = ()
    judged: Curve = ()
    close_misses: tuple[CloseMiss, ...] = ()
    judged_turns: int = 0
    judged_variants: int = 0
    judged_hash: str = ""

    @property
    def variants_a_rule(self) -> float:
        """Mean number of variants a rule."""
        return self.statistics.variants_a_rule

    def threshold(self, risk: float, sparing: bool = True) -> Threshold:
        """The threshold in force at ``risk`` (0–1): proven on judged turns where that is possible, else the
        lower of what the development books and, in an ample book, its own turns allow.

        The lower of two proofs is wrong as often as either may be: where both are tried they share the tolerated
        error, four fifths of it for the own turns, which are fewer (at 2 % the rich development books lose 1.3 points
        of coverage with half of it, 1.4 with a fifth). Which are tried depends on the size of the book, never on
        what they show. Judged turns come before both: theirs is a statement of its own, on the office's turns.

        Args:
            sparing: see :meth:`judged_threshold`.
        """
        if proven := self.judged_threshold(risk, sparing):
            return proven
        own_certainty, general_certainty = shared(CERTAINTY) if self.own else (CERTAINTY, CERTAINTY)
        second = self.meaning is not None
        general = development_threshold(risk, self.variants_a_rule, second, certainty=general_certainty)
        own = proven_threshold(self.own, risk, "variantes de este libro, dejadas fuera", own_certainty)
        return own if own and (own.value < general.value or not general.proven) else general

    def judged_threshold(self, risk: float, sparing: bool = True) -> Threshold | None:
        """The threshold that the judged turns prove at ``risk`` (0–1), or None.

        Args:
            sparing: nor does it answer more than that share of the close misses. Among all that is answered they are few,
                but each is the worst that can happen: the office's word on what it never said.
        """
        proven = proven_threshold(self.judged, risk, "turnos juzgados")
        if proven is None or not sparing:
            return proven
        answered = [miss.confidence for miss in self.close_misses if miss.official]
        return replace(proven, value=max(proven.value, sparing_threshold(answered, len(self.close_misses), risk)))

    def to_json(self) -> str:
        tails = {s.stage.name: s.tails.round(6).tolist() for s in (self.statistics, self.meaning) if s}
        return json.dumps(
            {
                "format": FORMAT,
                "book_hash": self.book_hash,
                "encoder": self.encoder,
                "turns": self.turns,
                "tails": tails,
                "variants": self.statistics.variants.tolist(),
                "own": self.own,
                "judged": self.judged,
                "close_misses": self.close_misses,
                "judged_turns": self.judged_turns,
                "judged_variants": self.judged_variants,
                "judged_hash": self.judged_hash,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Read what :meth:`to_json` wrote.

        Raises:
            ValueError: another version wrote it.
        """
        data = json.loads(text)
        if data.get("format") != FORMAT:
            raise ValueError("written by another version")
        variants = np.array(data["variants"])
        letters, meaning = (
            BookStatistics(stage, np.array(data["tails"][stage.name]), variants) if stage.name in data["tails"] else None
            for stage in (LETTERS, MEANING)
        )
        if letters is None:
            raise ValueError("tails are missing")
        own, judged = (tuple((float(t), int(n), int(k)) for t, n, k in data[name]) for name in ("own", "judged"))
        close_misses = tuple(CloseMiss(*miss) for miss in data["close_misses"])
        plain = {name: data[name] for name in ("turns", "judged_turns", "judged_variants", "judged_hash")}
        about = data["book_hash"], data["encoder"], letters, meaning
        return cls(*about, own=own, judged=judged, close_misses=close_misses, **plain)


def calibrate(
    matcher: Matcher,
    second: SemanticMatcher | None = None,
    judged: Sequence[Question] = (),
    outside: Sequence[str] = (),
) -> Calibration:
    """Fit the statistics of ``matcher``'s book, and its risk on its own and on ``judged`` turns.
    Deterministic.

    Args:
        outside: messages that no office answers; without any, all foreign turns ask for a missing rule.
    """
    missing = [without_their_rule(opinion) for opinion in (matcher, second) if opinion]
    variants = np.diff(matcher.extractor.first_row)
    statistics = [statistics_of(left.values, variants, stage) for left, stage in zip(missing, (LETTERS, MEANING))]
    meaning = statistics[1] if second else None
    ample = statistics[0].variants_a_rule >= AMPLE_FROM
    cascade = Cascade(matcher, statistics[0], second, meaning)
    counted = _without_variants(matcher, judged)
    judged_curve, close_misses = _judged_turns(cascade, counted)
    return Calibration(
        matcher.book.hash,
        second.encoder.name if second else NONE,
        statistics[0],
        meaning,
        len(missing[0].right),
        own_curve(matcher, second, statistics, missing, outside) if ample else (),
        judged_curve,
        close_misses,
        len(counted),
        len(judged) - len(counted),
        turns_hash(judged, outside),
    )


def statistics_of(missing: np.ndarray, variants: np.ndarray, stage: Stage) -> BookStatistics:
    """What a book adds to a stage's evidence.

    Args:
        missing: the stage's features of the best candidates for turns whose rule was left out, shape (n, features).
        variants: number of variants of each rule.
    """
    tails = np.zeros((len(stage.tailed), 1))
    if len(missing):
        grid = np.linspace(0, 1, min(TAIL_POINTS, len(missing)))
        tails = np.quantile(missing[:, stage.tail_columns], grid, axis=0).T
    return BookStatistics(stage, tails, variants)


def turns_hash(judged: Sequence[Question], outside: Sequence[str] = ()) -> str:
    """SHA-256 (hex) of judged and foreign turns, and of the models that rate all turns."""
    turns = repr((list(judged), list(outside))).encode()
    models = b"".join(path.read_bytes() for path in (CONFIDENCE_FILE, CHOICE_FILE, DOUBT_FILE))
    return hashlib.sha256(models + turns).hexdigest()


def _without_variants(matcher: Matcher, judged: Sequence[Question]) -> list[Question]:
    """The turns that are no variant of the book, letter for letter once normalised. A variant is answered
    whatever the threshold is, so it proves nothing of it; and staff who add asked questions as variants would
    otherwise prove their book with itself."""
    written = {" ".join(variant) for variant in matcher.variants}
    return [question for question in judged if normalize(question.text) not in written]


def _judged_turns(cascade: Cascade, judged: Sequence[Question]) -> tuple[Curve, tuple[CloseMiss, ...]]:
    """Risk on ``judged`` turns, by the confidence alone (none of them is a variant, see :func:`_without_variants`), and
    the close misses among them; empty without any turn. None meets itself among the ``no_es``, or staff who add what was
    answered wrongly would prove their book with it."""
    if not judged:
        return (), ()
    rated = [cascade.rate(question.text, 1, itself=False) for question in judged]
    confidence = np.array([r.confidences[0] for r in rated])
    chosen = [cascade.book.rules[r.evidence[0].rule].id for r in rated]
    right = np.array([rule == question.rule for rule, question in zip(chosen, judged, strict=True)])
    missed = (
        CloseMiss(question.text, rule, round(float(sure), 4))
        for question, rule, sure in zip(judged, chosen, confidence, strict=True)
        if question.rule is None and not question.foreign
    )
    return risk_curve(confidence, right), tuple(missed)


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside ``path``, then rename: a reader never sees half a file. All users may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
