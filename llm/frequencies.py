"""Which words Spanish and the office use, and how often: what the kept vocabulary is chosen by."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

# The office's own words are worth a frequent one each time they occur (a billion words of text hold
# 20,000 of a word that is met every 50,000 words).
_OFFICE_WEIGHT = 20_000.0


def read_frequencies(path: Path) -> list[tuple[str, float]]:
    """The words of a table «word<TAB>times in a billion». Raises ValueError naming file and line."""
    words = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        word, _, times = line.partition("\t")
        try:
            words.append((word, float(times)))
        except ValueError as error:
            raise ValueError(f"{path}:{number}: se esperaba palabra, tabulador y frecuencia") from error
    return words


def office_frequencies(files: Iterable[Path]) -> list[tuple[str, float]]:
    """Every word of ``files``, weighed by how often it occurs there."""
    counts: Counter[str] = Counter()
    for file in files:
        counts.update(file.read_text("utf-8").replace("\\n", " ").replace('"', " ").split())
    return [(word, times * _OFFICE_WEIGHT) for word, times in sorted(counts.items())]
