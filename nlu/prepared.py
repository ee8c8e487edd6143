"""Fit a rule book once and keep what was fitted: later starts read it instead of solving again.

Beside the calibration (JSON) lies ``matcher.npz`` with the coefficients of both opinions and the
variants' embeddings. Both are caches: what is missing, damaged or of another book is made anew.
"""
from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from nlu import kernels, ridge
from nlu.calibration import Calibration, calibrate, turns_hash, write_atomically
from nlu.encoder import NONE, Encoder
from nlu.exceptions import exceptions
from nlu.matcher import Matcher
from nlu.metric import metric_hash
from nlu.questions import Question
from nlu.semantic import Meanings, SemanticMatcher
from nlu.text import tokens
from rules.book import RuleBook

COEFFICIENTS = "matcher.npz"


@dataclass(frozen=True)
class Prepared:
    """A book ready to be asked: both opinions (the second None without an encoder) and their calibration."""

    letters: Matcher
    meaning: SemanticMatcher | None
    calibration: Calibration

    def save(self, calibration_file: Path) -> None:
        """Write the calibration and, beside it, the coefficients; each file whole or not at all.

        Raises:
            OSError: the folder can't be written.
        """
        if not self.letters.huge:
            arrays = {"letters": self.letters.coefficients}
            if self.meaning:
                arrays |= {f"meaning_{name}": value for name, value in vars(self.meaning.meanings).items()}
            encoder = self.meaning.encoder if self.meaning else None
            content = io.BytesIO()
            arrays["key"] = np.array(_key(self.letters.book, encoder))
            np.savez(content, allow_pickle=False, **arrays)
            write_atomically(calibration_file.with_name(COEFFICIENTS), content.getvalue())
        write_atomically(calibration_file, self.calibration.to_json().encode())


def prepare(
    book: RuleBook,
    encoder: Encoder | None = None,
    calibration_file: Path | None = None,
    judged: Sequence[Question] | None = (),
    outside: Sequence[str] = (),
) -> Prepared:
    """Read what was kept for this very book, encoder, ``judged`` and ``outside`` turns, or fit and keep it.

    A place that can't be read or written is no failure.

    Args:
        judged: None takes a kept calibration whatever turns it was judged on.
        outside: messages that no office answers.
    """
    if calibration_file:
        wanted = None if judged is None else turns_hash(judged, outside)
        kept = _restore(book, encoder, calibration_file, wanted)
        if kept:
            return kept
    letters = Matcher(book)
    meaning = SemanticMatcher(letters, encoder) if encoder and not letters.huge else None
    prepared = Prepared(letters, meaning, calibrate(letters, meaning, judged or (), outside))
    for opinion in (letters, meaning):
        if opinion:
            opinion.forget_training()
    if calibration_file:
        with suppress(OSError):
            prepared.save(calibration_file)
    return prepared


def _restore(
    book: RuleBook, encoder: Encoder | None, calibration_file: Path, turns: str | None
) -> Prepared | None:
    try:
        calibration = Calibration.from_json(calibration_file.read_text(encoding="utf-8"))
        if calibration.book_hash != book.hash or turns not in (None, calibration.judged_hash):
            return None
        return _with_coefficients(book, encoder, calibration, calibration_file.with_name(COEFFICIENTS))
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, BadZipFile):
        return None  # unreadable, damaged or outdated: fitted anew by the caller


def _with_coefficients(
    book: RuleBook, encoder: Encoder | None, calibration: Calibration, file: Path
) -> Prepared | None:
    if sum(len(rule.questions) for rule in book.rules) > ridge.DUAL_LIMIT:
        letters = Matcher(book)
        letters.forget_training()
        return Prepared(letters, None, calibration) if calibration.encoder == NONE else None
    if calibration.encoder != (encoder.name if encoder else NONE):
        return None
    with np.load(file, allow_pickle=False) as kept:
        if str(kept["key"]) != _key(book, encoder):
            return None
        letters = Matcher(book, kept["letters"])
        meanings = Meanings(*(kept[f"meaning_{field.name}"] for field in fields(Meanings))) if encoder else None
        meaning = SemanticMatcher(letters, encoder, meanings) if encoder else None
    return Prepared(letters, meaning, calibration)


def _key(book: RuleBook, encoder: Encoder | None) -> str:
    """SHA-256 (hex) of all that the coefficients depend on."""
    variants = [[tokens(question) for question in rule.questions] for rule in book.rules]
    reader = (encoder.name, metric_hash()) if encoder else (NONE,)
    constants = (kernels.OFFSET, kernels.MEANING_SHARE, ridge.KERNEL_PENALTY, *reader)
    answers = [rule.answer for rule in book.rules]
    return hashlib.sha256(repr((constants, variants, answers, exceptions(book))).encode()).hexdigest()
