"""How little a book with few variants a rule can answer, with the figures behind it."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nlu.advice.guarantee import percent
from nlu.confidence import development_coverage, development_threshold
from nlu.decision import Decider
from nlu.leaveout import sampled_rows, without_themselves
from nlu.matcher import Matcher
from nlu.own_turns import rated
from nlu.semantic import SemanticMatcher
from nlu.thin import THIN_BELOW
from rules.book import SMALL_TALK
from rules.text import tenths

# Variants a rule that staff are told to write.
_GOOD = 12


@dataclass(frozen=True)
class Thin:
    """A thin book at ``risk`` (0–1): of ``asked`` variants of its own, each asked as if it had never been written,
    ``reached`` have the confidence of the ``threshold`` in use. ``enough`` is the threshold of a book that isn't thin;
    ``share`` and ``enough_share`` (0–1) say what was answered of the turns of development books of either kind."""

    variants_a_rule: float
    risk: float
    threshold: float
    asked: int
    reached: int
    share: float
    enough: float
    enough_share: float

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        return asdict(self)


def thin(decider: Decider, matcher: Matcher) -> Thin | None:
    """What a thin book answers; None when it isn't thin. Small talk, which has a lower threshold, doesn't count.

    Args:
        matcher: the decider's book with its training, which the decider has forgotten.
    """
    calibration = decider.calibration
    variants = calibration.variants_a_rule
    if variants >= THIN_BELOW:
        return None
    second = decider.meaning
    opinions: list[Matcher | SemanticMatcher] = [matcher]
    if second:
        opinions.append(SemanticMatcher(matcher, second.encoder))
    statistics = [book for book in (calibration.statistics, calibration.meaning) if book]
    rows = sampled_rows(matcher)
    confidence = rated([without_themselves(opinion) for opinion in opinions], statistics)[0] if len(rows) else np.zeros(0)
    talk = np.array([rule.type == SMALL_TALK for rule in decider.book.rules])[matcher.extractor.rule_of[rows]]
    own, enough = (development_threshold(decider.risk, mean, second is not None).value for mean in (variants, THIN_BELOW))
    return Thin(
        variants,
        decider.risk,
        decider.threshold,
        int((~talk).sum()),
        int((confidence[~talk] >= decider.threshold).sum()),
        round(development_coverage(own, variants, second is not None), 3),
        enough,
        round(development_coverage(enough, THIN_BELOW, second is not None), 3),
    )


def as_notice(found: Thin) -> Iterator[str]:
    """The notice in Spanish, line by line."""
    yield f"Libro delgado: {tenths(found.variants_a_rule)} preguntas por regla."
    share = percent(found.reached / found.asked) if found.asked else "0 %"
    yield (
        f"   Al {percent(found.risk)} de riesgo se contesta como oficial desde una confianza de {found.threshold:.3f}. De "
        f"{found.asked:,} preguntas tuyas, cada una como si no estuviera escrita, la alcanzan {found.reached:,} ({share})."
    )
    if found.enough < found.threshold:
        yield (
            f"   Con {THIN_BELOW} o más por regla basta {found.enough:.3f}. En los libros con que se ajustó el comparador, los "
            f"delgados contestaban así el {percent(found.share)} de las preguntas parecidas a alguna regla, y los otros el "
            f"{percent(found.enough_share)}."
        )
    yield f"   Lleva cada regla a {_GOOD} preguntas distintas (abajo, en 3, las más débiles)."
