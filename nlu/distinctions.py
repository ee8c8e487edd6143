"""What the office says is not the same («licenciatura» and «posgrado», this university and another): a question that
names one of them is answered by no text that never does."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlu.text import words


class Distinctions:
    """Groups of words or phrases that mean the same, as staff write them; no two groups do."""

    def __init__(self, groups: Iterable[Sequence[str]]):
        self._groups = [tuple(f" {phrase} " for phrase in map(_folded, group) if phrase) for group in groups]

    def named_in(self, *texts: str) -> frozenset[int]:
        """The places of the groups of which any of ``texts`` names a word or phrase, in any spelling of accents and
        capitals."""
        said = [f" {_folded(text)} " for text in texts] if self._groups else []
        return frozenset(
            place for place, group in enumerate(self._groups) if any(phrase in text for phrase in group for text in said)
        )


def _folded(text: str) -> str:
    return " ".join(words(text))
