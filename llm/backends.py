"""What every answering backend receives and returns, and nothing about how it works."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Protocol

from llm.passages import Passage, Source
from llm.relevance import Relevant
from llm.retrieval import Hit
from llm.support import Support

# Earlier messages as (role, text), oldest first.
History = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class LastAnswer:
    """The bot's last answer in a conversation, and the passage that it was made of."""

    text: str
    passage: Passage


@dataclass(frozen=True)
class Task:
    """A question with what retrieval found for it.

    ``question`` is the user's last message, ``search`` the text searched for (a follow-up with
    its antecedent), ``history`` the earlier messages; ``hits`` best first,
    ``relevant`` the one that most likely answers, ``support`` how surely the first is about the question;
    ``likely`` the ids of the rules that the matcher thinks may be meant, likeliest first, ``possible`` those that it can't
    rule out;
    ``about`` the ids of the rules about the subject that is all the question says;
    ``last`` the answer that the question may lean on.
    ``cancelled`` is set when nobody waits for the answer any more.
    """

    question: str
    search: str
    history: History
    hits: tuple[Hit, ...]
    support: Support
    relevant: Relevant | None = None
    last: LastAnswer | None = None
    likely: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    cancelled: Event = field(default_factory=Event, compare=False, repr=False)


@dataclass(frozen=True)
class Answer:
    """Markdown for the student and where it comes from. ``kind`` is one of nlu.payload's kinds,
    ``confidence`` in 0–1; ``quoted_id`` the passage whose words it gives, if one alone; ``topic_rule`` the rule that
    a next question may lean on, which is about the same facts."""

    text: str
    kind: str
    confidence: float
    rule_id: str | None = None
    quoted_id: str | None = None
    topic_rule: str | None = None
    sources: tuple[Source, ...] = ()
    passages: tuple[Hit, ...] = ()
    suggestions: tuple[dict[str, str], ...] = ()

    def grounding(self) -> dict[str, Any]:
        """The answer's origin as the service's reply carries it."""
        return {
            "kind": self.kind,
            "confidence": round(self.confidence, 4),
            "rule_id": self.rule_id,
            "topic_rule": self.topic_rule,
            "sources": list(self.sources),
            "passages": [{"id": hit.passage.id, "score": round(hit.score, 4)} for hit in self.passages],
            "suggestions": list(self.suggestions),
        }


class Backend(Protocol):
    """Something that answers from passages."""

    name: str

    def ready(self) -> bool:
        """Whether the backend can answer now."""

    def degraded(self) -> bool:
        """Whether it can only quote although it was meant to write."""

    def write(self, task: Task) -> Iterator[str | Answer]:
        """Yield pieces of text that may be shown, in order, and last the whole :class:`Answer`,
        whose text is their concatenation. Closing the iterator cancels the work."""
