"""Everything that an answer claims beyond its bare data, and everything that facts support of it.

:mod:`rules.figures` compares «48» with «48»; each reader here compares one thing that bare figures can't: units,
counted nouns, periods, deadlines in words, spans of weekdays, what is denied.
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from rules import counts, day_kinds, deadlines, measures, periods, physical, polarity, weekdays
from rules.claim import Claim
from rules.figures import Key

_COUNTING = (measures, day_kinds, physical, counts)
_READERS = (*_COUNTING, periods, deadlines, weekdays, polarity)
# A line that goes on in the next one, as both documents and rules are wrapped.
_WRAP = re.compile(r"(?<=\S)\n(?=[^\W\d_])")


def claims(text: str, asks: bool = False) -> list[Claim]:
    """What ``text`` claims, in order. One that ``asks`` claims only its numbers: «¿es mensual?» says nothing."""
    text = _unwrapped(text)
    readers = _COUNTING if asks else _READERS
    return sorted((claim for reader in readers for claim in reader.claims(text)), key=_order)


def claimed_by(texts: Iterable[str]) -> frozenset[Key]:
    """Everything that the facts' ``texts`` support, as keys."""
    return frozenset().union(*(_claimed(text) for text in texts))


@lru_cache(maxsize=4096)  # many rules rest on the same facts
def _claimed(text: str) -> frozenset[Key]:
    text = _unwrapped(text)
    return frozenset(key for reader in _READERS for key in reader.held(text))


def _unwrapped(text: str) -> str:
    return _WRAP.sub(" ", unicodedata.normalize("NFC", text))


def _order(claim: Claim) -> int:
    return claim.start
