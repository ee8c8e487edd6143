"""The backend that lets a model write from the passage that answers, and shows nothing of what it
writes that the passage doesn't state.

What the model can't do in time, or says without support, is quoted by the quoter, who also refuses.
"""
from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing

from llm.backends import Answer, Task
from llm.draft import Draft
from llm.passages import Passage
from llm.prompt import Prompt, build_prompt, excerpt_of
from llm.quoter import SHOWN_PASSAGES, Quoter
from llm.quoting import closing_for, closings_of, join
from llm.relevance import Relevant
from llm.retrieval import Index
from llm.writer import Writer, WriterError, read_in_time
from nlu.payload import KIND_GENERATED
from rules.office import Office

log = logging.getLogger(__name__)
_UNOFFICIAL = "No viene de un documento oficial."


class Grounded:
    """Writes with ``writer`` within ``seconds``; see :class:`llm.backends.Backend`."""

    def __init__(self, writer: Writer, quoter: Quoter, office: Office, index: Index, seconds: float) -> None:
        self.name = writer.name
        self._writer = writer
        self._quoter = quoter
        self._office = office
        self._index = index
        self._seconds = seconds

    def ready(self) -> bool:
        """Always: without the model it quotes."""
        return self._quoter.ready()

    def degraded(self) -> bool:
        """Whether the model can't write now."""
        return not self._writer.ready()

    def write(self, task: Task) -> Iterator[str | Answer]:
        """Checked sentences as the model writes them; else the quotation or refusal."""
        best = self._quoter.answering(task)
        prompt = self.prompt(task, best.passage) if best and self._writer.ready() else None
        if best is None or prompt is None:
            yield from self._quoter.write(task)
            return
        draft = Draft(task.question, best.passage, " ".join(self._closings(best.passage)))
        yield from self._checked(task, prompt, draft)
        if added := draft.complete():
            yield added
        if draft.text:
            last_words = self._closing(draft.text, best.passage)
            tail = join([draft.text, last_words])[len(draft.text) :] if last_words else ""
            if tail:
                yield tail
            yield self._answer(task, best, draft.text + tail)
        else:
            yield from self._quoter.write(task)

    def prompt(self, task: Task, passage: Passage) -> Prompt | None:
        """What the model is asked; None where every word of the passage counts, or the question is too
        long. The earlier turn is shown only to a question that was read with it, as in training."""
        if passage.rule and passage.rule.urgent:
            return None
        history = task.history if task.search != task.question else ()
        try:
            return build_prompt(
                task.question, excerpt_of(task.search, passage, self._index.grams), history, self._writer.fits
            )
        except ValueError:
            return None

    def _checked(self, task: Task, prompt: Prompt, draft: Draft) -> Iterator[str]:
        """The texts that may be shown; a writer that fails or is late says no more."""
        try:
            with closing(read_in_time(self._writer.stream(prompt.text), self._seconds, task.cancelled)) as pieces:
                for piece in pieces:
                    if text := draft.add(piece):
                        yield text
                    if draft.over:
                        return
            if text := draft.finish():
                yield text
        except (WriterError, TimeoutError) as error:  # a writer that is down has said so itself
            log.info("%s wrote no answer to the end: %s", self.name, error)

    def _closings(self, passage: Passage) -> list[str]:
        """All that may have to be said after a text from ``passage``."""
        return [*self._unofficial(passage), *closings_of(passage, self._office)]

    def _closing(self, text: str, passage: Passage) -> str:
        """What must be said after ``text``: that the passage's backing is weak, and its scope's notice."""
        return " ".join(filter(None, (*self._unofficial(passage), closing_for(text, passage, self._office))))

    def _unofficial(self, passage: Passage) -> list[str]:
        weak = passage.origin not in ("", "; ".join(source["title"] or "" for source in passage.sources))
        return [_UNOFFICIAL] if weak else []

    def _answer(self, task: Task, best: Relevant, text: str) -> Answer:
        return Answer(
            text=text,
            kind=KIND_GENERATED,
            confidence=best.probability,
            topic_rule=self._quoter.topic_rule(best.passage),
            sources=best.passage.sources,
            passages=task.hits[:SHOWN_PASSAGES],
            suggestions=self._quoter.offered(task, best.passage),
        )
