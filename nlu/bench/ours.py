"""Our matcher as an engine of the bench. Its thresholds come from the rule book alone."""
from __future__ import annotations

import numpy as np

from nlu.bench.scoring import Answer, Judged
from nlu.decision import SMALL_TALK_RISK, Decider
from nlu.encoder import NONE, UNIVERSAL, load_encoder
from nlu.questions import read_outside
from rules.book import SMALL_TALK, RuleBook
from rules.locations import Locations

# Reasons of a decision that go by its confidence; any other gives or refuses the answer at every threshold.
_BY_CONFIDENCE = ("confidence", "low")
# The configurations that are measured, by the name of their encoder; the first is what is shipped.
CONFIGURATIONS = {"ours": UNIVERSAL, "ours, lexical": NONE}


class Ours:
    """One configuration of the matcher.

    Args:
        loosest: the highest risk (0–1) that will be asked of :meth:`sure`.
        encoder: name of the sentence encoder, see nlu.encoder.
    """

    def __init__(self, loosest: float, encoder: str = UNIVERSAL):
        self._loosest = loosest
        self._encoder = encoder

    def fit(self, book: RuleBook) -> None:
        # At the loosest risk a turn that needs its topic is still told apart from one that is merely low.
        outside = read_outside(Locations.from_environment())
        self.decider = Decider(book, risk=self._loosest, encoder=self._encoder, outside=outside)

    def ask(self, question: str) -> Answer:
        decision = self.decider.decide(question)
        best = decision.rule_id or (decision.suggestions[0] if decision.suggestions else None)
        return Answer(best, decision.confidence, None if decision.reason in _BY_CONFIDENCE else decision.sure)

    def threshold(self, risk: float) -> tuple[float, bool]:
        """The threshold at ``risk`` (0–1) and whether it is proven."""
        promise = self.decider.threshold_for(risk)
        return promise.value, promise.proven

    def sure(self, judged: Judged, risk: float) -> np.ndarray:
        """Mask of what a decider made for ``risk`` answers."""
        official, _ = self.threshold(risk)
        talk = min(official, self.threshold(max(risk, SMALL_TALK_RISK))[0])
        rules = self.decider.book.by_id
        is_talk = np.array([rule is not None and rules[rule].type == SMALL_TALK for rule in judged.rules])
        return judged.sure(np.where(is_talk, talk, official))


def configurations(loosest: float) -> dict[str, Ours]:
    """Every configuration that can run here, by name."""
    names = {name: encoder for name, encoder in CONFIGURATIONS.items() if encoder == NONE or load_encoder(encoder)}
    return {name: Ours(loosest, encoder) for name, encoder in names.items()}
