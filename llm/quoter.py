"""The backend that needs no model: it quotes the best passage, or says that it does not know."""
from __future__ import annotations

import re
from collections.abc import Iterator

from llm.asked import asked, held
from llm.backends import Answer, Task
from llm.passages import Passage
from llm.quoting import quote
from llm.retrieval import Hit, Index
from nlu.payload import KIND_NO_ANSWER, KIND_QUOTED, MAX_SUGGESTIONS, suggestions
from rules.book import RuleBook
from rules.office import Office

_SHOWN_PASSAGES = 5
_NEAR = 0.6  # score from which a rule that says «nobody knows» speaks for a passage that lacks the datum
_NEAR_PROBABILITY = 0.3  # support from which a refusal names the topic and what can be asked about it
_PIECE_END = re.compile(r"(?<=[.!?:])(?=\s)")


class Quoter:
    """Quotes passages of ``index``; see :class:`llm.backends.Backend`."""

    name = "quoting"

    def __init__(self, book: RuleBook, office: Office, index: Index) -> None:
        self._book = book
        self._office = office
        self._index = index

    def ready(self) -> bool:
        """Always: the passages are in memory."""
        return True

    def write(self, task: Task) -> Iterator[str | Answer]:
        """The quotation or refusal in pieces, then the whole."""
        answer = self.answer(task)
        yield from _PIECE_END.split(answer.text)
        yield answer

    def answer(self, task: Task) -> Answer:
        """The best passage if it is supported and holds the datum asked for; else a refusal."""
        best = task.hits[0].passage if task.hits else None
        if best and best.nobody_knows and task.support.enough_for_unknown:
            return self._nobody_knows(task, best)
        if best is None or not task.support.enough:
            return self._refusal(task)
        return self._quotation(task, best) or self._unknown_datum(task) or self._refusal(task)

    def _quotation(self, task: Task, best: Passage) -> Answer | None:
        """A quotation that holds the datum asked for, from the best passage or one on the same facts."""
        wanted = asked(task.question)
        for hit in task.hits:
            if hit.passage is not best and (hit.passage.nobody_knows or not hit.passage.akin(best)):
                continue
            text = self._words_of(hit.passage, task.search)
            if text and wanted <= held(text):
                return self._reply(task, text, KIND_QUOTED, hit.passage)
        return None

    def _words_of(self, passage: Passage, question: str) -> str | None:
        """An urgent rule is given whole, however long: no sentence of it may be missing."""
        if passage.rule and passage.rule.urgent:
            return passage.text
        return quote(question, passage, self._office, self._index.grams)

    def _unknown_datum(self, task: Task) -> Answer | None:
        """The answer of a nearly as good rule that says that nobody knows."""
        unknown = (hit.passage for hit in task.hits if hit.passage.nobody_knows and hit.score >= _NEAR)
        passage = next(unknown, None)
        return self._nobody_knows(task, passage) if passage else None

    def _nobody_knows(self, task: Task, passage: Passage) -> Answer:
        return self._reply(task, passage.text, KIND_NO_ANSWER, passage)

    def _reply(self, task: Task, text: str, kind: str, passage: Passage) -> Answer:
        rule = passage.rule
        related = list(rule.related) if rule else []
        others = [] if rule and rule.urgent else _rule_ids(task.hits)  # nothing beside a call for help
        return Answer(
            text=text,
            kind=kind,
            confidence=task.support.probability,
            rule_id=rule.id if rule else None,
            quoted_id=passage.id,
            sources=passage.sources,
            passages=task.hits[:_SHOWN_PASSAGES],
            suggestions=self._suggestions([*related, *others], passage),
        )

    def _refusal(self, task: Task) -> Answer:
        """Nothing supported: say so, where to ask, and what could be asked instead."""
        near = task.support.on_topic and task.support.probability >= _NEAR_PROBABILITY
        topic = task.hits[0].passage.topic if near else None
        quick = tuple({"title": t.title, "message": t.message} for t in self._office.quick_topics[:MAX_SUGGESTIONS])
        return Answer(
            text=f"{self._office.no_answer} {self._office.where(topic)}",
            kind=KIND_NO_ANSWER,
            confidence=task.support.probability,
            passages=task.hits[:_SHOWN_PASSAGES],
            suggestions=self._suggestions(_rule_ids(task.hits)) if near else quick,
        )

    def _suggestions(self, rule_ids: list[str], given: Passage | None = None) -> tuple[dict[str, str], ...]:
        return tuple(suggestions(self._book, [rule for rule in rule_ids if given is None or rule != given.id]))


def _rule_ids(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.passage.rule.id for hit in hits if hit.passage.rule]
