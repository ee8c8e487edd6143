"""One answer judged against its case, and many verdicts summed up. Knows no model and no retrieval."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from llm.evaluation.cases import Case
from llm.evaluation.facts import Fact, Held, facts_of
from llm.evaluation.numbers import fold
from nlu.payload import KIND_GENERATED, KIND_NO_ANSWER

DEPTHS = (1, 5)
# What a text that declines begins with, or says of its sources; in folded Spanish.
_DECLINES = re.compile(
    r"^\W*(?:lo siento\W+)?(?:no (?:lo )?se\b(?! puede| pueden| paga| cobra| pide| necesita| requiere)|no tengo\b|desconozco"
    r"|no cuento con|no dispongo|no puedo (?:ver|dar|decir|contestar|responder))"
    r"|\bfuentes\b.{0,60}\bno (?:l[oa]s? )?(?:dicen|dan|traen)\b"
)


@dataclass(frozen=True)
class Reply:
    """What a system answered to a case. ``given`` are the texts it had: its passages, or all there
    is; ``found`` the facts of each passage it retrieved, best first (None: it retrieves nothing).
    ``asserts`` is False for a refusal that tells nothing beside where to ask."""

    text: str
    kind: str
    given: tuple[str, ...]
    found: tuple[frozenset[str], ...] | None = None
    asserts: bool = True


@dataclass(frozen=True)
class Verdict:
    """How an answer did. ``unsupported`` facts stand in nothing that was given nor in the user's words."""

    case: Case
    reply: Reply
    right: bool
    refused: bool
    unsupported: tuple[Fact, ...]

    @property
    def good(self) -> bool:
        """Right where the documents hold the answer, a refusal where they don't, and nothing made up."""
        return (self.right if self.case.answerable else self.refused) and not self.unsupported


@dataclass(frozen=True)
class Summary:
    """Figures over some verdicts; shares in 0–1, None where there is nothing to count."""

    answerable: int
    unanswerable: int
    right: float | None
    unsupported: int
    with_unsupported: int
    declined: float | None
    wrongly_declined: float | None
    generated: float | None
    recall: tuple[float | None, ...]
    chrf: float | None


def declines(text: str) -> bool:
    """Whether a model's ``text`` says that it does not know."""
    return bool(_DECLINES.search(fold(text))) or not text.strip()


def judge(case: Case, reply: Reply, names: frozenset[str]) -> Verdict:
    """The verdict on ``reply``; ``names`` as for :func:`llm.evaluation.facts.facts_of`."""
    right = case.answerable and reply.asserts and _holds_all(reply.text, case.must)
    own_words = [text for role, text in case.messages if role == "user"]
    held = Held.of([*reply.given, *own_words])
    unsupported = tuple(fact for fact in facts_of(reply.text, names) if not held.states(fact))
    return Verdict(case, reply, right, reply.kind == KIND_NO_ANSWER and not right, unsupported)


def summarise(verdicts: Sequence[Verdict]) -> Summary:
    """The figures of ``verdicts``."""
    answerable = [verdict for verdict in verdicts if verdict.case.answerable]
    unanswerable = [verdict for verdict in verdicts if not verdict.case.answerable]
    return Summary(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        right=_share(answerable, lambda v: v.right),
        unsupported=sum(len(verdict.unsupported) for verdict in verdicts),
        with_unsupported=sum(bool(verdict.unsupported) for verdict in verdicts),
        declined=_share(unanswerable, lambda v: v.refused),
        wrongly_declined=_share(answerable, lambda v: v.refused),
        generated=_share(answerable, lambda v: v.reply.kind == KIND_GENERATED),
        recall=tuple(_recall(answerable, depth) for depth in DEPTHS),
        chrf=chrf((verdict.reply.text, verdict.case.reference) for verdict in answerable),
    )


def chrf(pairs: Iterable[tuple[str, str]]) -> float | None:
    """chrF2 (0–100) of (answer, reference) ``pairs`` as one corpus, by sacrebleu."""
    from sacrebleu.metrics.chrf import CHRF

    answers, references = [list(texts) for texts in zip(*pairs, strict=True)] or ([], [])
    return CHRF().corpus_score(answers, [references]).score if answers else None


def _holds_all(text: str, must: Sequence[Sequence[str]]) -> bool:
    said = fold(text)
    return all(any(fold(alternative) in said for alternative in group) for group in must)


def _recall(verdicts: Sequence[Verdict], depth: int) -> float | None:
    """The share whose first ``depth`` passages hold the answer."""
    searched = [verdict for verdict in verdicts if verdict.reply.found is not None]
    return _share(searched, lambda v: any(v.case.passages & facts for facts in (v.reply.found or ())[:depth]))


def _share(verdicts: Sequence[Verdict], holds: Callable[[Verdict], bool]) -> float | None:
    return sum(map(holds, verdicts)) / len(verdicts) if verdicts else None
