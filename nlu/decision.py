"""The heart: one question in, one decision out. Pure and deterministic; Rasa's component, the llm
service and the gateway are its hosts.
"""
from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from nlu.calibration import Calibration, load_or_fit
from nlu.confidence import ConfidenceModel, Threshold
from nlu.evidence import FEATURES, Evidence
from nlu.followup import Turn, is_elliptic, with_topic
from nlu.matcher import Matcher
from nlu.payload import KIND_BY_TYPE
from nlu.questions import Question, read_questions
from nlu.text import normalize
from rules.book import SMALL_TALK, Rule, RuleBook, load_rule_book
from rules.locations import Locations
from rules.office import Office, load_office

DEFAULT_RISK = 0.02
# A misplaced "¡de nada!" states nothing official, while refusing a greeting is plainly rude.
SMALL_TALK_RISK = 0.10
CANDIDATES = 3
# A question that is, letter for letter after normalising, a variant of one rule.
EXACT_CONFIDENCE = 0.999
# token_sort_ratio (0–100) from which a message counts as one of a rule's no_es.
_LOOKALIKE = 88.0
# An urgent variant counts when it stands in the message as whole words, but for a typo.
_URGENT_RATIO = 92.0
_URGENT_NEAR = 85.0
_URGENT_LIMIT = 5
_URGENT_LETTERS = 9


@dataclass(frozen=True)
class Candidate:
    """A rule that may be meant; ``question`` is its nearest variant, ``features`` the evidence."""

    rule_id: str
    confidence: float
    question: str
    features: dict[str, float]


@dataclass(frozen=True)
class Decision:
    """What to do with a question.

    ``sure``: answer with ``rule_id`` word for word. ``reason`` says in one word what decided:
    ``exact``, ``urgent``, ``confidence``, ``low``, ``lookalike`` (a no_es), ``expired``,
    ``elliptic`` (needs the topic of the turn before) or ``empty``.
    """

    question: str
    normalized: str
    sure: bool
    reason: str
    rule_id: str | None
    kind: str | None
    confidence: float
    promise: Threshold
    candidates: tuple[Candidate, ...]
    risk: float
    book_hash: str
    milliseconds: float

    @property
    def threshold(self) -> float:
        return self.promise.value

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Rule ids of the candidates, best first."""
        return tuple(candidate.rule_id for candidate in self.candidates)

    def to_dict(self) -> dict[str, Any]:
        """The decision as JSON data: the trace record of the turn."""
        return {
            "question": self.question,
            "normalized": self.normalized,
            "sure": self.sure,
            "reason": self.reason,
            "rule_id": self.rule_id,
            "kind": self.kind,
            "confidence": round(self.confidence, 4),
            "threshold": {
                "value": self.threshold,
                "risk": self.risk,
                "proven": self.promise.proven,
                "origin": self.promise.origin,
            },
            "margin": self.candidates[0].features["margin"] if self.candidates else None,
            "candidates": [
                {
                    "rule_id": c.rule_id,
                    "confidence": round(c.confidence, 4),
                    "question": c.question,
                    "features": c.features,
                }
                for c in self.candidates
            ],
            "book_hash": self.book_hash,
            "milliseconds": round(self.milliseconds, 3),
        }


class Decider:
    """A rule book ready to decide.

    Args:
        risk: share of wrong answers (0–1) that is tolerated among the sure ones.
    """

    def __init__(
        self,
        book: RuleBook,
        office: Office | None = None,
        calibration_file: Path | None = None,
        judged: Sequence[Question] = (),
        risk: float = DEFAULT_RISK,
        calibration: Calibration | None = None,
    ):
        self.book = book
        self.risk = risk
        self._office = office
        self._matcher = Matcher(book)
        # The extractor reuses its buffers: two threads in it would mix two questions.
        self._deciding = threading.Lock()
        self.calibration = calibration or load_or_fit(self._matcher, calibration_file, judged)
        self._matcher.model.forget_training()
        self._model = ConfidenceModel.load()
        self.promise = self.threshold_for(risk)
        self.threshold = self.promise.value
        self._small_talk_threshold = min(self.threshold, self.threshold_for(max(risk, SMALL_TALK_RISK)).value)
        urgent = [(normalize(q), rule) for rule in book.rules if rule.urgent for q in rule.questions]
        urgent = [(text, rule) for text, rule in urgent if len(text) >= _URGENT_LETTERS]
        self._urgent_texts = [text for text, _ in urgent]
        self._urgent_rules = [rule for _, rule in urgent]
        self._lookalikes = {rule.id: [normalize(q) for q in rule.not_this] for rule in book.rules if rule.not_this}

    @classmethod
    def load(cls, locations: Locations | None = None, risk: float = DEFAULT_RISK) -> Decider:
        """Load the office's own book, profile, judged turns and calibration.

        Raises:
            rules.book.RuleBookError, rules.source.SourceError, rules.office.OfficeError,
            nlu.questions.QuestionsError.
        """
        places = locations or Locations.from_environment()
        judged = read_questions(places.judged_turns) if places.judged_turns.is_file() else []
        return cls(load_rule_book(places.rules), load_office(places.office), places.calibration, judged, risk)

    @classmethod
    def restore(cls, book: RuleBook, office: Office, calibration_file: Path, risk: float) -> Decider:
        """A decider for a trained model: its own book and the calibration that was kept with it."""
        try:
            kept = Calibration.from_json(calibration_file.read_text(encoding="utf-8"))
        except ValueError:  # another version of this code wrote it: fit anew rather than stay mute
            kept = None
        return cls(book, office, calibration=kept, risk=risk)

    @property
    def office(self) -> Office:
        if self._office is None:
            raise ValueError("this decider was made without an office profile")
        return self._office

    def threshold_for(self, risk: float) -> Threshold:
        """The confidence from which this book's answers are sure at ``risk`` (0–1)."""
        return self.calibration.threshold(self._model, risk)

    def today(self) -> dt.date:
        """The office's date, or the machine's where no office was given."""
        return self._office.today() if self._office else dt.date.today()

    def decide(self, question: str, history: Sequence[Turn] = (), today: dt.date | None = None) -> Decision:
        """Decide what to do with ``question``.

        Args:
            history: earlier turns of the conversation, oldest first. Without it a turn that only
                makes sense after another (“¿y cuánto tarda?”) is never sure.
            today: the office's date, against which answers expire.
        """
        start = time.perf_counter()
        today = today or self.today()
        # What staff wrote as a variant of one rule (“gracias, ya con eso”) needs no topic.
        elliptic = is_elliptic(question) and self._matcher.exact(question) is None
        asked = with_topic(question, history) if elliptic else question
        with self._deciding:
            rule, confidence, reason, ranked = self._judge(asked)
        if reason == "confidence" and elliptic and asked == question:
            reason = "elliptic"
        if rule is not None and rule.expired(today):
            reason = "expired"
        sure = reason in ("exact", "urgent", "confidence")
        return Decision(
            question=question,
            normalized=normalize(asked),
            sure=sure,
            reason=reason,
            rule_id=rule.id if sure and rule else None,
            kind=KIND_BY_TYPE[rule.type] if sure and rule else None,
            confidence=confidence,
            promise=self.promise,
            candidates=tuple(c for c in ranked if not self.book.by_id[c.rule_id].expired(today)),
            risk=self.risk,
            book_hash=self.book.hash,
            milliseconds=(time.perf_counter() - start) * 1000,
        )

    def _judge(self, question: str) -> tuple[Rule | None, float, str, tuple[Candidate, ...]]:
        text = normalize(question)
        if not text:
            return None, 0.0, "empty", ()
        evidence = self._matcher.rank(question, CANDIDATES)
        ranked = self._candidates(evidence)
        urgent = self._urgent_rule(text)
        if urgent is not None:
            return urgent, EXACT_CONFIDENCE, "urgent", ranked
        exact = self._matcher.exact(question)
        if exact is not None:
            return self.book.rules[exact], EXACT_CONFIDENCE, "exact", ranked
        top = ranked[0]
        rule = self.book.by_id[top.rule_id]
        if self._looks_like_another(text, rule, evidence[0]):
            return rule, top.confidence, "lookalike", ranked
        enough = self._small_talk_threshold if rule.type == SMALL_TALK else self.threshold
        return rule, top.confidence, "confidence" if top.confidence >= enough else "low", ranked

    def _candidates(self, evidence: list[Evidence]) -> tuple[Candidate, ...]:
        values = np.array([item.values for item in evidence])
        rules = np.array([item.rule for item in evidence])
        inputs = self.calibration.statistics.inputs(values, rules)
        probabilities = self._model.probability(inputs)
        return tuple(
            Candidate(
                self.book.rules[item.rule].id,
                min(float(probability), EXACT_CONFIDENCE),
                self._matcher.nearest_question(item),
                dict(zip(FEATURES, item.values.round(4).tolist(), strict=True)),
            )
            for item, probability in zip(evidence, probabilities, strict=True)
        )

    def _looks_like_another(self, text: str, rule: Rule, evidence: Evidence) -> bool:
        """Whether the message is nearer to one of the rule's ``no_es`` than to its variants."""
        best = max((fuzz.token_sort_ratio(text, other) for other in self._lookalikes.get(rule.id, ())), default=0.0)
        return best >= _LOOKALIKE and best / 100 >= evidence.values[FEATURES.index("token_sort")]

    def _urgent_rule(self, text: str) -> Rule | None:
        """The urgent rule one of whose variants stands, nearly word for word, within the message."""
        near = process.extract(
            text, self._urgent_texts, scorer=fuzz.partial_ratio, score_cutoff=_URGENT_NEAR, limit=_URGENT_LIMIT
        )
        words = text.split()
        for variant, _, position in near:
            size = variant.count(" ") + 1
            windows = (" ".join(words[i : i + size]) for i in range(len(words) - size + 1))
            if any(fuzz.ratio(variant, window) >= _URGENT_RATIO for window in windows):
                return self._urgent_rules[position]
        return None
