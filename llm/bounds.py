"""How much of an answer a client wants: until a string of its choice, and at most so many tokens."""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

STOP, LENGTH = "stop", "length"
_TOKEN = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"\s*\S+")


def count_tokens(text: str) -> int:
    """Words and punctuation marks, since no model's tokens are counted when quoting."""
    return len(_TOKEN.findall(text))


@dataclass(frozen=True)
class Bounds:
    """An answer ends before the first of ``stop`` (not empty ones) to be completed in it, and has at most
    ``tokens`` of :func:`count_tokens` (≥ 1; None: as many as it has)."""

    stop: Sequence[str] = ()
    tokens: int | None = None

    def cut(self, text: str) -> tuple[str, str]:
        """The part of a whole answer that is wanted, and why it ends: ``STOP`` or ``LENGTH``. A word
        is never cut, lest an amount or a link become another."""
        before = self._before_stop(text)
        return self._fitting(text if before is None else before, True)

    def begun(self, text: str) -> str:
        """The part of ``text``, an answer that may go on, that is wanted whatever comes: a beginning
        of :meth:`cut` of the whole."""
        before = self._before_stop(text)
        if before is not None:
            return self._fitting(before, True)[0]
        held = max((self._held(text, stop) for stop in self.stop), default=0)
        return self._fitting(text[: len(text) - held], False)[0]

    def _before_stop(self, text: str) -> str | None:
        """What stands before the string that ends the answer, if one does."""
        found = [(place + len(stop), place) for stop in self.stop if (place := text.find(stop)) >= 0]
        return text[: min(found)[1]] if found else None

    @staticmethod
    def _held(text: str, stop: str) -> int:
        """How many characters at the end of ``text`` may begin ``stop``."""
        return next((size for size in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:size])), 0)

    def _fitting(self, text: str, whole: bool) -> tuple[str, str]:
        """The words of ``text`` that fit; unless it is ``whole`` its last word may go on."""
        if self.tokens is None:
            return text, STOP
        left, end = self.tokens, 0
        for word in _WORD.finditer(text):
            left -= count_tokens(word[0])
            if left < 0:
                return text[:end], LENGTH
            if not whole and word.end() == len(text):
                return text[:end], STOP
            end = word.end()
        return (text if whole else text[:end]), STOP


@dataclass
class Bounded:
    """An answer that comes in pieces, within ``bounds``."""

    bounds: Bounds
    _text: str = field(default="", init=False)
    _given: int = field(default=0, init=False)

    def add(self, piece: str) -> str:
        """What may be given now that ``piece`` has come."""
        self._text += piece
        return self._give(self.bounds.begun(self._text))

    def end(self) -> tuple[str, str]:
        """What is still to be given, no more pieces coming, and why the answer ends (see :meth:`Bounds.cut`)."""
        wanted, reason = self.bounds.cut(self._text)
        return self._give(wanted), reason

    def _give(self, wanted: str) -> str:
        new = wanted[self._given :]
        self._given = len(wanted)
        return new
