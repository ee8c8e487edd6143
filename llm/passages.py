"""What may be quoted: the citable documents and the official answers of the rule book.

Rules that say «nobody knows» are passages too, so that a question about them finds them before
it finds something loosely related.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from rules.book import NO_DATA, OFFICIAL, Rule, RuleBook
from rules.facts import Documents
from rules.facts import Passage as Fact

Source = dict[str, str | None]

UNOFFICIAL = "información no oficial"


@dataclass(frozen=True)
class Passage:
    """A text with its origin. ``questions`` are the ways in which it is asked for;
    ``facts`` the documents' ids on which it rests; ``rule`` is None for a document."""

    id: str
    title: str
    text: str
    topic: str
    scope: str | None
    sources: tuple[Source, ...]
    origin: str
    questions: tuple[str, ...]
    facts: frozenset[str]
    rule: Rule | None = None

    @property
    def nobody_knows(self) -> bool:
        """Whether the text says that the office's sources do not state the datum."""
        return self.rule is not None and self.rule.type == NO_DATA

    def valid(self, today: dt.date) -> bool:
        """Whether the passage may be shown on ``today`` (the office's date)."""
        return self.rule is None or not self.rule.expired(today)

    def akin(self, other: Passage) -> bool:
        """Whether both rest on a common fact, so that they do not contradict each other."""
        return not self.facts.isdisjoint(other.facts)


def load_passages(book: RuleBook, documents: Documents) -> tuple[Passage, ...]:
    """All passages: rules first, then documents, each in file order."""
    topics = _topics_by_fact(book.rules)
    rules = [_from_rule(rule) for rule in book.rules if rule.type in (OFFICIAL, NO_DATA)]
    facts = [_from_fact(fact, documents, topics) for fact in documents.passages if fact.citable]
    return (*rules, *facts)


def _topics_by_fact(rules: Iterable[Rule]) -> dict[str, str]:
    """The topic, as the rules name it, of each fact: «donde_preguntar» goes by those names."""
    topics: dict[str, str] = {}
    for rule in rules:
        for fact in rule.facts:
            topics.setdefault(fact, rule.topic)
    return topics


def _from_rule(rule: Rule) -> Passage:
    sources: tuple[Source, ...] = ()
    if rule.source:
        sources = ({"title": rule.source, "url": rule.url, "scope": rule.scope},)
    return Passage(
        id=rule.id,
        title=rule.questions[0],
        text=rule.answer,
        topic=rule.topic,
        scope=rule.scope,
        sources=sources,
        origin=rule.source or "",
        questions=rule.questions,
        facts=frozenset(rule.facts),
        rule=rule,
    )


def _from_fact(fact: Fact, documents: Documents, topics: dict[str, str]) -> Passage:
    references = [ref for key in fact.sources if (ref := (documents.references or {}).get(key))]
    return Passage(
        id=fact.id,
        title=fact.title,
        text=fact.text,
        topic=topics.get(fact.id, fact.topic),
        scope=fact.scope,
        sources=tuple({"title": ref.title, "url": ref.url, "scope": fact.scope} for ref in references),
        origin=_origin(fact, [ref.title for ref in references]),
        questions=(fact.title,),
        facts=frozenset((fact.id,)),
    )


def _origin(fact: Fact, titles: list[str]) -> str:
    """How the source is named before a quotation; a weaker backing is said first."""
    if fact.backing.startswith("conocimiento general"):
        return "el uso general, sin documento oficial a la mano"
    named = "; ".join(titles)
    return f"{UNOFFICIAL} ({named})" if fact.backing.startswith("secundario") else named
