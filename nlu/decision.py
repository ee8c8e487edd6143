"""The heart: one question in, one decision out. Pure and deterministic; Rasa's component, the llm
service and the gateway are its hosts.
"""
from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rapidfuzz import fuzz, process

from nlu.agreement import Stance
from nlu.calibration import CloseMiss
from nlu.cascade import Cascade, Rated
from nlu.confidence import Threshold
from nlu.context import CONTRARY, DISTINCT, FOLLOW_UP, FOREIGN, LOOKALIKE, URGENT, VAGUE, ContextReader, FollowUp, Verdict
from nlu.distinctions import Distinctions
from nlu.encoder import UNIVERSAL, load_encoder
from nlu.evidence import FEATURES, Evidence
from nlu.focus import Focus
from nlu.followup import Turn
from nlu.matcher import Matcher
from nlu.own_names import OwnNames
from nlu.payload import KIND_BY_TYPE, KIND_OFFICIAL
from nlu.picking import picked
from nlu.prepared import prepare
from nlu.questions import Question, read_judged, read_outside
from nlu.semantic import SemanticMatcher
from nlu.sequel import Sequel, SequelReader
from nlu.several import SEVERAL, Part, asked_once, parts_of
from nlu.text import INTERROGATIVES, normalize, seen, tokens
from nlu.trace import versions
from rules.book import OFFICIAL, SMALL_TALK, Rule, RuleBook, load_rule_book
from rules.locations import Locations
from rules.office import Office, load_office

DEFAULT_RISK = 0.02
# A misplaced "¡de nada!" states nothing official, while refusing a greeting is plainly rude.
SMALL_TALK_RISK = 0.10
CANDIDATES = 3
# Likeliest rules among which those about a subject are looked for first.
_ABOUT = 12
# A question that is, letter for letter after normalising, a variant of one rule.
EXACT_CONFIDENCE = 0.999
# token_sort_ratio (0–100) from which a message counts as one of a rule's no_es.
_LOOKALIKE = 88.0
# An urgent variant counts when it stands in the message as whole words, but for a typo.
_URGENT_RATIO = 92.0
_URGENT_NEAR = 85.0
_URGENT_LIMIT = 5
_URGENT_LETTERS = 9
# They add or take nothing away from what is felt: «estoy muy deprimido».
_DEGREES = frozenset({"muy", "bien", "super", "tan", "demasiado", "bastante", "mega", "re", "mucha", "mucho", "algo", "medio"})


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
    ``exact``, ``urgent``, ``confidence``, ``follow_up`` (read with the turns before),
    ``several`` (answered in ``parts``, of which ``rule_id`` answers the first, as what else is asked beside
    something ``urgent`` is), ``low``,
    ``lookalike`` (a no_es), ``contrary`` (it denies what the rule affirms, or
    counts otherwise), ``vague`` (one word, of which the rule is asked more), ``foreign`` (short, and
    names what the rule never says), ``distinct`` (it names what the office tells apart and the rule never names),
    ``expired``, ``elliptic`` and ``leaning`` (nothing says what they lean
    on) or ``empty``. ``promise`` is the threshold of official answers, ``applied`` the one that this turn's
    confidence was held against (small talk and follow-ups have their own; None where none was).
    """

    question: str
    normalized: str
    sure: bool
    reason: str
    rule_id: str | None
    kind: str | None
    confidence: float
    promise: Threshold
    applied: float | None
    follow_up: FollowUp | None
    candidates: tuple[Candidate, ...]
    risk: float
    book_hash: str
    versions: dict[str, str]
    milliseconds: float
    parts: tuple[Part, ...] = ()

    @property
    def threshold(self) -> float:
        return self.promise.value

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Rule ids of the candidates, best first."""
        return tuple(candidate.rule_id for candidate in self.candidates)


class Decider:
    """A rule book ready to decide.

    Args:
        calibration_file: where what was fitted for this book is kept, and read from if it is there.
        judged: turns that the office judged; None takes a kept calibration whatever turns it was judged on.
        risk: share of wrong answers (0–1) that is tolerated among the sure ones.
        encoder: name of the sentence encoder that gives the second opinion, see nlu.encoder.
        outside: messages that no office answers; an ample book's own turns are mixed with them.
    """

    def __init__(
        self,
        book: RuleBook,
        office: Office | None = None,
        calibration_file: Path | None = None,
        judged: Sequence[Question] | None = (),
        risk: float = DEFAULT_RISK,
        encoder: str = UNIVERSAL,
        outside: Sequence[str] = (),
    ):
        self.book = book
        self.risk = risk
        self._office = office
        self.prepared = prepared = prepare(book, load_encoder(encoder), calibration_file, judged, outside)
        self._matcher = prepared.letters
        # The extractor reuses its buffers: two threads in it would mix two questions.
        self._deciding = threading.Lock()
        fitted = prepared.calibration
        self._cascade = Cascade(prepared.letters, fitted.statistics, prepared.meaning, fitted.meaning)
        self.sequels = SequelReader(self._matcher, self._rated)
        self._context = ContextReader(book, self.sequels)
        self._versions = versions(fitted)
        # Where buttons can't be pressed their labels are typed.
        self._by_title = {normalize(topic.title): topic.message for topic in (office.quick_topics if office else ())}
        urgent = [(_plainly(normalize(q)), rule) for rule in book.rules if rule.urgent for q in rule.questions]
        urgent = [(text, rule) for text, rule in urgent if len(text) >= _URGENT_LETTERS]
        self._urgent_texts = [text for text, _ in urgent]
        self._urgent_rules = [rule for _, rule in urgent]
        self._focus = Focus(self._matcher.variants)
        self._own_names = OwnNames(office.own_names if office else ())
        self._stances: dict[int, Stance] = {}
        self._distinctions = Distinctions(office.distinctions if office else ())
        self._distinguished = {rule.id: self._distinctions.named_in(*rule.questions, rule.answer) for rule in book.rules}
        self._lookalikes = {rule.id: [normalize(q) for q in rule.not_this] for rule in book.rules if rule.not_this}
        self.calibration = replace(fitted, close_misses=tuple(map(self._as_answered, fitted.close_misses)))
        self.promise = self.threshold_for(risk)
        self.threshold = self.promise.value
        freely = self.calibration.threshold(max(risk, SMALL_TALK_RISK), sparing=False)
        self._small_talk_threshold = min(self.threshold, freely.value)

    @classmethod
    def load(cls, locations: Locations | None = None, risk: float = DEFAULT_RISK) -> Decider:
        """Load the office's own book, profile, judged turns and calibration.

        Raises:
            rules.book.RuleBookError, rules.source.SourceError, rules.office.OfficeError,
            nlu.questions.QuestionsError.
        """
        places = locations or Locations.from_environment()
        book, office = load_rule_book(places.rules), load_office(places.office)
        judged = read_judged(places, book.by_id)
        return cls(book, office, places.calibration, judged, risk, places.encoder, read_outside(places))

    @classmethod
    def restore(cls, book: RuleBook, office: Office, calibration_file: Path, risk: float, encoder: str) -> Decider:
        """A decider for a trained model: its own book and what :meth:`save` kept with it."""
        return cls(book, office, calibration_file, None, risk, encoder)

    def save(self, calibration_file: Path) -> None:
        """Keep all that was fitted, for :meth:`restore`.

        Raises:
            OSError: the folder can't be written.
        """
        self.prepared.save(calibration_file)

    @property
    def matcher(self) -> Matcher:
        """The opinion by letters."""
        return self._matcher

    @property
    def meaning(self) -> SemanticMatcher | None:
        """The second opinion, None without a sentence encoder."""
        return self.prepared.meaning

    @property
    def office(self) -> Office:
        if self._office is None:
            raise ValueError("this decider was made without an office profile")
        return self._office

    def threshold_for(self, risk: float) -> Threshold:
        """The confidence from which this book's answers are sure at ``risk`` (0–1)."""
        return self.calibration.threshold(risk)

    def _as_answered(self, miss: CloseMiss) -> CloseMiss:
        """``miss`` with whether it would be answered as the office's word: what nobody knows is none, nor what only
        resembles the rule, unless that is known from this very question among its ``no_es``."""
        rule = next(index for index, rule in enumerate(self.book.rules) if rule.id == miss.rule_id)
        told = normalize(miss.text) in self._lookalikes.get(miss.rule_id, ())
        fits = told or not self._misfit(self._matcher.tokens(miss.text), rule)
        return miss._replace(official=self.book.rules[rule].type == OFFICIAL and fits)

    def today(self) -> dt.date:
        """The office's date, or the machine's where no office was given."""
        return self._office.today() if self._office else dt.date.today()

    def decide(self, question: str, history: Sequence[Turn] | None = (), today: dt.date | None = None) -> Decision:
        """Decide what to do with ``question``.

        Args:
            history: earlier turns of the conversation, oldest first; None when they can't be known,
                and then no turn that may lean on another (“¿y si no hay cupo?”) is sure.
            today: the office's date, against which answers expire.
        """
        start = time.perf_counter()
        today = today or self.today()
        question = asked_once(seen(picked(question, history or ()) or self._by_title.get(normalize(question)) or question))
        whole = self._decide_one(question, history, today)
        parts = parts_of(question, whole, history, lambda part, turns: self._decide_one(part, turns, today))
        decision = self._in_parts(whole, parts) if parts else whole
        return replace(decision, milliseconds=(time.perf_counter() - start) * 1000)

    def core(self, message: str) -> str:
        """What ``message`` asks, without what is told around it (see :class:`nlu.focus.Focus`); all of it where that would
        only be who asks, or leave out what the office tells apart («vengo de la UNAM»)."""
        core = self._focus.core(message)
        told_apart = self._distinctions.named_in
        whole = self._own_names.are_all(core) or told_apart(normalize(core)) != told_apart(normalize(message))
        return message if whole else core

    def nameless(self, message: str) -> tuple[str, ...]:
        """Other readings of ``message``: without what only says that it is about this office (see
        :class:`nlu.own_names.OwnNames`)."""
        return self._own_names.readings(message)

    def confidences(self, question: str, amount: int) -> dict[str, float]:
        """The ``amount`` likeliest rules for ``question`` by itself, with the confidence (0–1) in each: 0 where it says
        the contrary of what they are asked for, too little, or something foreign to it."""
        with self._deciding:
            return self._rated(question, amount)

    def about(self, question: str) -> tuple[str, ...]:
        """The ids of the rules about the subject that is all ``question`` says («mi credencial»), likeliest first; none
        where it says more."""
        with self._deciding:
            named = self.sequels.subjects.named(question)
            likely = self._rated(question, _ABOUT) if named else {}
        return tuple(dict.fromkeys((*(rule_id for rule_id in likely if rule_id in named), *named)))

    def completed(self, question: str, history: Sequence[Turn]) -> str:
        """``question`` with the subject that the turn before it only named."""
        with self._deciding:
            return self._context.completed(question, history)

    def sequel(self, question: str, history: Sequence[Turn]) -> Sequel | None:
        """The rule that ``question`` probably asks for as a sequel to the turns before it, sure or not; None where they
        have no topic."""
        with self._deciding:
            return self._context.sequel(question, history)

    def _rated(self, question: str, amount: int) -> dict[str, float]:
        if not normalize(question):
            return {}
        rated = self._cascade.rate(question, amount, thorough=True)
        return {
            self.book.rules[item.rule].id: 0.0 if self._misfit(rated.words, item.rule) else confidence
            for item, confidence in zip(rated.evidence, rated.confidences.tolist(), strict=True)
        }

    def _decide_one(self, question: str, history: Sequence[Turn] | None, today: dt.date) -> Decision:
        with self._deciding:
            question = self._context.completed(question, history)
            first, ranked, text = self._judge_long(question)
            verdict = self._context.revise(question, first, history)
        rule, confidence, reason = verdict.rule, verdict.confidence, verdict.reason
        if rule is not None and rule.expired(today):
            reason = "expired"
        elif rule is not None and reason == FOLLOW_UP and self._is_distinct(text, rule):
            reason = DISTINCT
        sure = reason in ("exact", URGENT, "confidence", FOLLOW_UP)
        return Decision(
            question=question,
            normalized=text,
            sure=sure,
            reason=reason,
            rule_id=rule.id if sure and rule else None,
            kind=KIND_BY_TYPE[rule.type] if sure and rule else None,
            confidence=confidence,
            promise=self.promise,
            applied=verdict.threshold,
            follow_up=verdict.follow_up,
            candidates=tuple(c for c in ranked if not self.book.by_id[c.rule_id].expired(today)),
            risk=self.risk,
            book_hash=self.book.hash,
            versions=self._versions,
            milliseconds=0.0,
        )

    def _in_parts(self, whole: Decision, parts: tuple[Part, ...]) -> Decision:
        """The decision to answer the message part by part; its rule is that of the first answered."""
        answered = [part for part in parts if part.rule_id]
        kinds = [KIND_BY_TYPE[self.book.by_id[part.rule_id].type] for part in answered if part.rule_id]
        return replace(
            whole,
            sure=True,
            reason=URGENT if whole.reason == URGENT else SEVERAL,
            rule_id=answered[0].rule_id,
            kind=KIND_OFFICIAL if KIND_OFFICIAL in kinds else kinds[0],
            confidence=min(part.confidence for part in answered),
            parts=parts,
        )

    def _judge_long(self, question: str) -> tuple[Verdict, tuple[Candidate, ...], str]:
        """:meth:`_judge`; of a message that is not surely understood as a whole, what it asks may be: without what is told
        around it, and without the office's own name, which may be named by a ``no_es`` too."""
        whole = self._judge(question)
        reason = whole[0].reason
        core = self.core(question) if reason == "low" else question
        others = (core, *self.nameless(question), *self.nameless(core)) if reason in ("low", LOOKALIKE) else ()
        for reading in dict.fromkeys(others):
            asked = self._judge(reading) if reading != question else whole
            if asked[0].reason in ("exact", "confidence"):
                return asked
        return whole

    def _judge(self, question: str) -> tuple[Verdict, tuple[Candidate, ...], str]:
        """The verdict on a turn by itself, its candidates, and the words that it was read as."""
        written = normalize(question)
        if not written:
            return Verdict(None, 0.0, "empty"), (), ""
        rated = self._cascade.rate(question, CANDIDATES)
        ranked, text = self._candidates(rated), " ".join(rated.words)
        urgent = self._urgent_rule(written) or (self._urgent_rule(text) if text != written else None)
        if urgent is not None:
            return Verdict(urgent, EXACT_CONFIDENCE, URGENT), ranked, text
        exact = self._matcher.exact(question)
        if exact is not None:
            return Verdict(self.book.rules[exact], EXACT_CONFIDENCE, "exact"), ranked, text
        top = ranked[0]
        rule = self.book.by_id[top.rule_id]
        if self._looks_like_another(text, rule, rated.evidence[0]):
            return Verdict(rule, top.confidence, LOOKALIKE), ranked, text
        enough = self._small_talk_threshold if rule.type == SMALL_TALK else self.threshold
        reason = "confidence" if top.confidence >= enough else "low"
        if reason == "confidence":
            reason = self._misfit(rated.words, rated.evidence[0].rule) or reason
        return Verdict(rule, top.confidence, reason, enough), ranked, text

    def _candidates(self, rated: Rated) -> tuple[Candidate, ...]:
        doubts = rated.doubts or [{}] * len(rated.evidence)
        return tuple(
            Candidate(
                self.book.rules[item.rule].id,
                min(float(probability), EXACT_CONFIDENCE),
                self._matcher.nearest_question(item),
                dict(zip(rated.stage.features, item.values.round(4).tolist(), strict=True))
                | {name: round(value, 4) for name, value in doubt.items()},
            )
            for item, probability, doubt in zip(rated.evidence, rated.confidences, doubts, strict=True)
        )

    def _looks_like_another(self, text: str, rule: Rule, evidence: Evidence) -> bool:
        """Whether the message is nearer to one of the rule's ``no_es`` than to its variants."""
        best = max((fuzz.token_sort_ratio(text, other) for other in self._lookalikes.get(rule.id, ())), default=0.0)
        return best >= _LOOKALIKE and best / 100 >= evidence.values[FEATURES.index("token_sort")]

    def _misfit(self, words: Sequence[str], rule: int) -> str | None:
        """Why ``words`` don't ask for the rule at that index although they resemble its variants, if so. Small talk
        fits whatever resembles it, unless that asks something: «hasta cuándo» is not «hasta luego»."""
        if self.book.rules[rule].type == SMALL_TALK:
            return FOREIGN if self._asks_more(words, rule) else None
        if rule not in self._stances:
            extractor = self._matcher.extractor
            variants = [self._matcher.variants[row] for row in extractor.rows(rule)]
            not_this = [text.split() for text in self._lookalikes.get(self.book.rules[rule].id, ())]
            self._stances[rule] = Stance(variants, tokens(self.book.rules[rule].answer), not_this)
        stance = self._stances[rule]
        if stance.is_elsewhere(words):
            return LOOKALIKE
        if stance.contradicted_by(words):
            return CONTRARY
        if self._is_distinct(" ".join(words), self.book.rules[rule]):
            return DISTINCT
        return VAGUE if stance.is_vague(words) else FOREIGN if stance.is_foreign(words) else None

    def _asks_more(self, words: Sequence[str], rule: int) -> bool:
        """Whether ``words`` ask (when, where, how much…) what no variant of the rule asks."""
        extractor = self._matcher.extractor
        return not INTERROGATIVES.intersection(words) <= extractor.asked_words(rule)

    def _is_distinct(self, text: str, rule: Rule) -> bool:
        """Whether ``text`` names what the office tells apart and ``rule`` never names."""
        return not self._distinctions.named_in(text) <= self._distinguished[rule.id]

    def _urgent_rule(self, text: str) -> Rule | None:
        """The urgent rule one of whose variants stands, nearly word for word, within the message."""
        text = _plainly(text)
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


def _plainly(text: str) -> str:
    return " ".join(word for word in text.split() if word not in _DEGREES)
