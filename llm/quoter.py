"""The backend that needs no model: it quotes the best passage, or says that it does not know."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from llm.backends import Answer, Task
from llm.passages import Passage
from llm.quoting import quote
from llm.relevance import Relevant
from llm.retrieval import Hit, Index
from llm.told import holds_asked, nothing_new
from nlu.asked import Datum, asked, held
from nlu.distinctions import Distinctions
from nlu.followup import FUNCTION_WORDS, WISHING, is_elliptic
from nlu.payload import KIND_NO_ANSWER, KIND_QUOTED, MAX_SUGGESTIONS, suggestions
from nlu.text import tokens
from rules.book import RuleBook
from rules.office import Office

SHOWN_PASSAGES = 5
_NEAR = 0.6  # score from which a rule that says «nobody knows» speaks for a passage that lacks the datum
_NEAR_PROBABILITY = 0.3  # relevance from which a refusal names the topic and what can be asked about it
# Below, a question that no passage is about is none for this office: 43 % of the judged foreign ones, 5 % of the near misses.
_FOREIGN_PROBABILITY = 0.08
_PIECE_END = re.compile(r"(?<=[.!?:])(?=\s)")


class Quoter:
    """Quotes passages of ``index``; see :class:`llm.backends.Backend`."""

    name = "quoting"

    def __init__(self, book: RuleBook, office: Office, index: Index) -> None:
        self._book = book
        self._office = office
        self._index = index
        self._distinctions = Distinctions(office.distinctions)

    def ready(self) -> bool:
        """Always: the passages are in memory."""
        return True

    def degraded(self) -> bool:
        """Never: quoting is all that it does."""
        return False

    def write(self, task: Task) -> Iterator[str | Answer]:
        """The quotation or refusal in pieces, then the whole."""
        yield from in_pieces(self.answer(task))

    def answer(self, task: Task) -> Answer:
        """The passage that answers, if it holds the datum asked for; else a refusal."""
        if _names_nothing(task):
            return self._declined(task, self._office.which_subject, self._quick_topics())
        best = self.answering(task)
        unknown = self._known_unknown(task)
        unsaid = self._said_already(task) or not (task.relevant and task.relevant.enough)
        if task.about and unsaid and not (unknown and len(task.about) == 1):
            return self._declined(task, self._office.which_question, self._suggestions([*task.about, *task.possible]))
        if unknown:
            return self._nobody_knows(task, unknown)
        if best is None:
            declined = self._nothing_more if self._said_already(task) else self._refusal
            return self._told_again(task) or declined(task)
        return self._quotation(task, best) or self._unknown_datum(task) or self._refusal(task)

    def answering(self, task: Task) -> Relevant | None:
        """The passage to answer from; None when the question names nothing, none is relevant enough, it never names what
        the question does and the office tells apart, it has just been told, or a rule says that nobody knows."""
        found = task.relevant
        if found is None or _names_nothing(task) or not found.enough or not self._of_the_same(task, found.passage):
            return None
        return None if self._known_unknown(task) or self._said_already(task) else found

    def _of_the_same(self, task: Task, passage: Passage) -> bool:
        """Whether ``passage`` names all that the question does and the office tells apart."""
        named = self._distinctions.named_in(task.search)
        return not named or named <= self._distinctions.named_in(passage.title, passage.text, *passage.questions)

    def _said_already(self, task: Task) -> bool:
        found = task.relevant
        return found is not None and found.enough and nothing_new(task, found.passage, self._index)

    def _told_again(self, task: Task) -> Answer | None:
        """The last answer, where it holds all that «¿y dónde?» or «¿hasta cuándo?» asks for and nothing else does."""
        last = task.last.passage if task.last else None
        if last is None or last.nobody_knows or not is_elliptic(task.question) or not holds_asked(task.question, last.text):
            return None
        text = self._words_of(last, task.search)
        return self._reply(task, text, KIND_QUOTED, last, task.relevant.probability if task.relevant else 0.0) if text else None

    def _known_unknown(self, task: Task) -> Passage | None:
        """The passage that says that nobody knows, where the question is about it."""
        found = task.relevant
        if found and found.enough and found.passage.nobody_knows:  # a follow-up, as the matcher reads it
            return found.passage
        first = task.hits[0].passage if task.hits else None
        known = first and first.nobody_knows and task.support.enough_for_unknown and _asks_for(task.question, first)
        return first if known else None

    def offered(self, task: Task, passage: Passage) -> tuple[dict[str, str], ...]:
        """What else may be asked, beside an answer from ``passage``."""
        rule = passage.rule
        related = list(rule.related) if rule else []
        others = [] if rule and rule.urgent else _rule_ids(task.hits)  # nothing beside a call for help
        return self._suggestions([*related, *others], passage)

    def topic_rule(self, passage: Passage) -> str | None:
        """The rule that ``passage`` is, or the first that rests on its facts."""
        return next(iter(self._rules_on(passage)), None)

    def _rules_on(self, passage: Passage) -> list[str]:
        akin = [other.rule.id for other in self._index.passages if other.rule and other.akin(passage)]
        return [passage.rule.id, *akin] if passage.rule else akin

    def _quotation(self, task: Task, best: Relevant) -> Answer | None:
        """A quotation that holds the datum asked for, from the best passage or one on the same facts."""
        wanted = asked(task.question)
        others = (hit.passage for hit in task.hits if self._of_the_same(task, hit.passage))
        akin = (passage for passage in others if passage.akin(best.passage) and not passage.nobody_knows)
        for passage in (best.passage, *(other for other in akin if other is not best.passage)):
            text = self._words_of(passage, task.search)
            if text and wanted <= held(text):
                return self._reply(task, text, KIND_QUOTED, passage, best.probability)
        return None

    def _words_of(self, passage: Passage, question: str) -> str | None:
        """An urgent rule is given whole, however long: no sentence of it may be missing."""
        if passage.rule and passage.rule.urgent:
            return passage.text
        return quote(question, passage, self._office, self._index.grams)

    def _unknown_datum(self, task: Task) -> Answer | None:
        """The answer of a nearly as good rule that says that nobody knows."""
        near = (hit.passage for hit in task.hits if hit.passage.nobody_knows and hit.score >= _NEAR)
        passage = next((passage for passage in near if _asks_for(task.question, passage)), None)
        return self._nobody_knows(task, passage) if passage else None

    def _nobody_knows(self, task: Task, passage: Passage) -> Answer:
        return self._reply(task, passage.text, KIND_NO_ANSWER, passage, task.support.probability)

    def _reply(self, task: Task, text: str, kind: str, passage: Passage, confidence: float) -> Answer:
        return Answer(
            text=text,
            kind=kind,
            confidence=confidence,
            rule_id=passage.rule.id if passage.rule else None,
            quoted_id=passage.id,
            topic_rule=self.topic_rule(passage),
            sources=passage.sources,
            passages=task.hits[:SHOWN_PASSAGES],
            suggestions=self.offered(task, passage),
        )

    def _nothing_more(self, task: Task) -> Answer:
        """What is known was just said: say so, where to ask, and what else there is around it."""
        last = task.last.passage if task.last else None
        text = f"{self._office.nothing_more} {self._office.where(last.topic if last else None)}"
        return replace(
            self._declined(task, text, self._around(task)), topic_rule=self.topic_rule(last) if last else None
        )

    def _refusal(self, task: Task) -> Answer:
        """Nothing supported: say so, where to ask, and what could be asked instead."""
        probability = task.relevant.probability if task.relevant else 0.0
        office = self._office
        near = _rule_ids(task.hits) if probability >= _NEAR_PROBABILITY and task.support.on_topic else []
        if task.likely or near:
            topic = self._book.by_id[task.likely[0]].topic if task.likely else task.hits[0].passage.topic
            where = _within(office.where(topic))
            text = f"{office.no_answer} Tal vez sea alguna de las preguntas que te sugiero; si no, {where}"
            return self._declined(task, text, self._suggestions([*task.likely, *(near or _rule_ids(task.hits))]))
        if task.last is not None:
            return self._declined(task, f"{office.no_answer} {office.where(task.last.passage.topic)}", self._around(task))
        quick = self._quick_topics()
        foreign = probability < _FOREIGN_PROBABILITY and not (task.support.on_topic or task.possible)
        if foreign:
            return self._declined(task, f"{office.foreign} Si no la encuentro, {_within(office.where())}", quick)
        possible = self._suggestions([*task.possible, *_rule_ids(task.hits)]) if task.possible else quick
        return self._declined(task, f"{office.no_answer} {office.where()}", possible)

    def _quick_topics(self) -> tuple[dict[str, str], ...]:
        return tuple({"title": t.title, "message": t.message} for t in self._office.quick_topics[:MAX_SUGGESTIONS])

    def _declined(self, task: Task, text: str, offered: tuple[dict[str, str], ...]) -> Answer:
        return Answer(
            text=text,
            kind=KIND_NO_ANSWER,
            confidence=task.relevant.probability if task.relevant else 0.0,
            passages=task.hits[:SHOWN_PASSAGES],
            suggestions=offered,
        )

    def _around(self, task: Task) -> tuple[dict[str, str], ...]:
        """What else may be asked about the topic that the conversation is on."""
        if task.last is None:
            return ()
        last = task.last.passage
        named = [related for rule in self._rules_on(last) for related in self._book.by_id[rule].related]
        topic = [rule for rule in _rule_ids(task.hits) if self._book.by_id[rule].topic == last.topic]
        return self._suggestions([*task.likely, *topic, *named], last)

    def _suggestions(self, rule_ids: list[str], given: Passage | None = None) -> tuple[dict[str, str], ...]:
        return tuple(suggestions(self._book, [rule for rule in rule_ids if given is None or rule != given.id]))


def _names_nothing(task: Task) -> bool:
    """Whether neither the question nor what was said before it names a subject: «¿y cuánto cuesta?» at first, «quiero
    informes»."""
    if task.last is not None or task.search != task.question:
        return False
    said = tokens(task.question)
    return is_elliptic(task.question) or bool(said) and (FUNCTION_WORDS | WISHING).issuperset(said)


def _asks_for(question: str, unknown: Passage) -> bool:
    """Whether ``question`` may ask for what nobody knows: no datum by name, or one that ``unknown`` is asked for."""
    wanted = asked(question)
    return not wanted or not wanted.isdisjoint(_asked_by(unknown.questions))


@lru_cache(maxsize=1024)  # the same few passages, turn after turn
def _asked_by(questions: tuple[str, ...]) -> frozenset[Datum]:
    return frozenset().union(*map(asked, questions))


def _within(sentence: str) -> str:
    """``sentence`` as it goes on after a semicolon; an acronym at its head stays."""
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence


def in_pieces(answer: Answer) -> Iterator[str | Answer]:
    """The answer's text in pieces, then the answer, as :meth:`llm.backends.Backend.write` yields them."""
    yield from _PIECE_END.split(answer.text)
    yield answer


def _rule_ids(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.passage.rule.id for hit in hits if hit.passage.rule]
