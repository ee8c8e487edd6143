"""What a turn means after the ones before it: the verdict on the question alone, revised."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlu.followup import Topic, Turn, is_elliptic, leans, topic_of
from nlu.sequel import FEATURES, Sequel, SequelReader
from nlu.subjects import asks_only_a_datum
from nlu.text import tokens
from rules.book import SMALL_TALK, Rule, RuleBook

URGENT, FOLLOW_UP, ELLIPTIC, LEANING = "urgent", "follow_up", "elliptic", "leaning"
_SURE = frozenset({"exact", "confidence"})
# A rule for which the question is not meant, whatever was said before.
LOOKALIKE, CONTRARY, VAGUE, FOREIGN, DISTINCT = "lookalike", "contrary", "vague", "foreign", "distinct"
UNLIKE = frozenset({LOOKALIKE, CONTRARY, DISTINCT})
# Beyond this many words a turn is no sequel, whatever was said before.
_MAX_SEQUEL_WORDS = 12
# A turn of at most so many words that is sure by itself is read as a sequel too, and is not sure where that asks for
# another rule with this confidence: of 115 such turns of unseen dialogues that kept back 4 wrong answers and 1 right one.
_SHORT = 7
RATHER = 0.4


@dataclass(frozen=True)
class FollowUp:
    """The rule that answered last, None where none did, and the features (``nlu.sequel.FEATURES``) of what it asks for."""

    topic: str | None
    features: dict[str, float]


@dataclass(frozen=True)
class Verdict:
    """The likeliest rule, its confidence (0–1) and the reason in one word (see ``Decision``); the confidence from which
    it would be sure (None where none was looked at), and what made it a follow-up."""

    rule: Rule | None
    confidence: float
    reason: str
    threshold: float | None = None
    follow_up: FollowUp | None = None


class ContextReader:
    """Revises verdicts with the turns before."""

    def __init__(self, book: RuleBook, sequels: SequelReader):
        self._book, self._sequels, self._subjects = book, sequels, sequels.subjects

    def revise(self, question: str, alone: Verdict, history: Sequence[Turn] | None) -> Verdict:
        """The verdict on ``question`` as a turn of a conversation.

        A leaning turn is given the rule around the topic that it surely asks for; else that of the
        question alone only if it names that rule's subject or stays within the topic.

        Args:
            history: earlier turns, oldest first; None when they can't be known.
        """
        if alone.reason == URGENT or (alone.reason == "exact" and alone.rule and alone.rule.type == SMALL_TALK):
            return alone
        leaning = leans(question)
        topic = self._topic(history)
        may_lean = leaning or alone.reason not in _SURE or (alone.reason == "confidence" and len(tokens(question)) <= _SHORT)
        sequel = self._sequel(question, topic) if topic and may_lean else None
        if topic and sequel and sequel.sure and not self._stands_alone(question, alone, sequel):
            followed = FollowUp(topic.rule_id, dict(zip(FEATURES, sequel.values.round(4).tolist(), strict=True)))
            return Verdict(self._book.by_id[sequel.rule_id], sequel.confidence, FOLLOW_UP, sequel.threshold, followed)
        if leaning and alone.reason in _SURE and not self._may_stand(question, alone, topic, history):
            return replace(alone, reason=ELLIPTIC if is_elliptic(question) else LEANING)
        return replace(alone, reason=LEANING) if sequel and self._rather_asks_another(alone, sequel) else alone

    def completed(self, question: str, history: Sequence[Turn] | None) -> str:
        """``question`` after the subject that the turn before it did no more than name: «credencial», then «costo»."""
        if not history or history[-1].rule_id is not None or not asks_only_a_datum(question):
            return question
        return f"{history[-1].message} {question}" if self._subjects.named(history[-1].message) else question

    def sequel(self, question: str, history: Sequence[Turn] | None) -> Sequel | None:
        """The rule that the question probably asks for as a sequel to what was said last, sure or not; None where
        nothing was, or the question is too long for one."""
        topic = self._topic(history)
        return self._sequel(question, topic) if topic else None

    def _topic(self, history: Sequence[Turn] | None) -> Topic | None:
        return topic_of(history or (), self._is_small_talk, self._belongs)

    def _is_small_talk(self, rule_id: str) -> bool:
        rule = self._book.by_id.get(rule_id)
        return rule is not None and rule.type == SMALL_TALK

    def _belongs(self, message: str, rule_id: str) -> bool:
        return rule_id in self._book.by_id and self._subjects.belongs(message, rule_id)

    def _sequel(self, question: str, topic: Topic) -> Sequel | None:
        return self._sequels.read(question, topic) if len(tokens(question)) <= _MAX_SEQUEL_WORDS else None

    def _rather_asks_another(self, alone: Verdict, sequel: Sequel) -> bool:
        """Whether a turn that is sure by itself asks for another rule after what was said: «¿llevo foto?»."""
        if alone.reason != "confidence" or alone.rule is None or alone.rule.type == SMALL_TALK:
            return False
        return sequel.rule_id != alone.rule.id and sequel.confidence >= RATHER

    def _stands_alone(self, question: str, alone: Verdict, sequel: Sequel) -> bool:
        """Whether the question alone surely asks for the same rule, or for another whose subject it names, or
        surely doesn't ask for it."""
        if alone.rule is None:
            return False
        if alone.reason in UNLIKE:
            return alone.rule.id == sequel.rule_id
        if alone.reason not in _SURE:
            return False
        return alone.rule.id == sequel.rule_id or self._subjects.names_subject(question, alone.rule.id)

    def _may_stand(self, question: str, alone: Verdict, topic: Topic | None, history: Sequence[Turn] | None) -> bool:
        """Whether a leaning turn may be answered as if nothing had been said before."""
        assert alone.rule is not None
        last = topic.rule_id if topic else None
        if is_elliptic(question):
            return alone.reason == "exact" and last is None and history is not None
        if history is not None and not history:
            return True
        if alone.rule.type == SMALL_TALK:
            return last is None
        near = last is not None and self._subjects.is_near(alone.rule.id, last)
        return near or self._subjects.names_subject(question, alone.rule.id)
