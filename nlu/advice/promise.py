"""How many judged turns are missing until the promised risk is proven."""
from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from nlu.confidence import FIRST_CERTAINTY, Curve, Threshold, fewest_turns, upper_bound

# Beyond this many times the turns at hand we say that the error rate is too high to prove.
_FARTHEST = 50


@dataclass(frozen=True)
class Promise:
    """The threshold in use and what would prove the ``risk`` (0–1): ``missing`` more judged turns if
    errors stay as rare as they are (0: proven; None: at no threshold are they rare enough)."""

    risk: float
    threshold: float
    proven: bool
    origin: str
    judged: int
    missing: int | None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def promise(in_use: Threshold, curve: Curve, judged: int, risk: float) -> Promise:
    """What is promised now. ``curve`` is the risk curve over the ``judged`` turns."""
    proven = in_use.proven and bool(curve)
    missing = 0 if proven else _missing(curve, judged, risk)
    return Promise(risk, in_use.value, in_use.proven, in_use.origin, judged, missing)


def _missing(curve: Curve, judged: int, risk: float) -> int | None:
    """The fewest more turns over all thresholds; without any judged turn, those of a faultless start."""
    if not judged:
        return fewest_turns(risk)
    needed = [_turns_needed(answered, wrong, judged, risk) for _, answered, wrong in curve if answered]
    return min((turns - judged for turns in needed if turns is not None), default=None)


def _turns_needed(answered: int, wrong: int, judged: int, risk: float) -> int | None:
    """Judged turns in all at which this threshold would be proven, its shares kept."""
    for turns in range(judged, judged * _FARTHEST, max(1, judged // 50)):
        times = turns / judged
        if upper_bound(round(wrong * times), int(answered * times), FIRST_CERTAINTY) <= risk:
            return turns
    return None
