"""One claim of a text, and what it needs to be told."""
from __future__ import annotations

from dataclasses import dataclass

from rules.figures import Key


@dataclass(frozen=True)
class Claim:
    """One claim of a text: ``start`` is its offset; a set of facts supports it when they hold any of ``keys``.
    One that is ``about`` something counts only against facts that speak of it: «tres módulos» is no datum where
    no fact counts modules. One that is ``whole`` stands for the numbers in it: «cada dos meses» for «bimestral»."""

    text: str
    start: int
    keys: frozenset[Key]
    about: Key | None = None
    whole: bool = False

    def supported_by(self, held: frozenset[Key]) -> bool:
        silent = self.about is not None and self.about not in held
        return silent or self.stated_by(held)

    def stated_by(self, held: frozenset[Key]) -> bool:
        return not self.keys.isdisjoint(held)

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def span(self) -> range:
        return range(self.start, self.end)
