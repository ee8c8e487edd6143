"""The generator's training set: question–answer pairs with passages as retrieved for them.

Written pairs (data/pairs/escritas) name the passage that answers; derived ones ask a rule's own
variant of an index from which it was taken out. Whole topics are held back, and no question that
resembles one of the test sets is kept.
"""
from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from llm.passages import Passage
from llm.prompt import MAX_EXCERPT, REFUSAL, Excerpt, excerpt_of
from llm.quoting import excerpt, join, sentences
from llm.relevance import MAX_CANDIDATES, candidates_of
from llm.retrieval import Index
from nlu.text import normalize, tokens
from rules.figures import figures, held_by

SIMILAR = 85  # token_sort_ratio from which a question resembles another
_VARIANTS = 2  # of each rule
_ANSWER_LIMIT = 220  # characters of a derived answer
_FACTS_ONLY_SHARE = 0.4  # of the pairs search the documents alone, where choosing is harder
_VALIDATION_SHARE = 0.15
_MIN_WORDS_HELD = 0.85


@dataclass(frozen=True)
class Pair:
    """``question`` (after ``history``), the ``passages`` found for it ({id, title, text}, best first),
    and the ``answer`` in the words of the passage whose id is ``passage`` (None: a refusal, none
    answers). ``kind``: «answerable», «unanswerable» or «followup»."""

    question: str
    passages: tuple[dict[str, str], ...]
    answer: str
    passage: str | None
    topic: str
    kind: str
    history: tuple[tuple[str, str], ...] = field(default=())

    @property
    def gold(self) -> dict[str, str] | None:
        """The passage that answers; None for a refusal.

        Raises:
            ValueError: it is not among ``passages``.
        """
        found = [passage for passage in self.passages if passage["id"] == self.passage]
        if self.passage and not found:
            raise ValueError(f"passages: falta {self.passage}")
        return found[0] if found else None

    @property
    def distractors(self) -> list[dict[str, str]]:
        """The passages that don't answer, best first."""
        return [passage for passage in self.passages if passage["id"] != self.passage]


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a JSON-lines file.

    Raises:
        ValueError: a line isn't a pair; names file and line.
        OSError: it can't be read.
    """
    return [_pair(line, f"{path}:{number}") for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)]


def _pair(line: str, place: str) -> Pair:
    try:
        data = json.loads(line)
        history = tuple((role, text) for role, text in data.get("history", ()))
        pair = Pair(**{**data, "passages": tuple(data["passages"]), "history": history})
        pair.gold  # noqa: B018 - the named passage must be among those found
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{place}: no es un par de entrenamiento ({error}); regenéralo con «python -m llm pairs»") from error
    return pair


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    """Write ``pairs`` as JSON lines, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text("".join(json.dumps(asdict(p), ensure_ascii=False) + "\n" for p in pairs), "utf-8")
    partial.replace(path)


class PairMaker:
    """Makes pairs over ``passages`` with a seeded generator. ``held_back`` are topics (as rules and
    documents name them) of which nothing is asked; ``today`` decides which passages are valid."""

    def __init__(self, passages: Sequence[Passage], held_back: frozenset[str], today: dt.date, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._today = today
        self._asked = [p for p in passages if p.topic not in held_back]
        self._left_out = {p.id: self._sample(p.questions) for p in self._asked if p.rule}
        self._all = Index([self._without_sampled(p) for p in passages])
        self._facts = Index([p for p in passages if p.rule is None])
        self._by_id = {p.id: p for p in passages}

    def derived(self) -> Iterator[Pair]:
        """Pairs from the rules' variants; a rule that says «nobody knows» teaches refusing."""
        for passage in self._asked:
            for question in self._left_out.get(passage.id, ()):
                if passage.nobody_knows:
                    yield self._refusal(question, passage.topic)
                else:
                    yield self._answered(question, self._gold(passage), None, "answerable", ())

    def written(self, lines: Iterable[dict[str, Any]]) -> Iterator[Pair]:
        """Pairs from lines {question, passage, answer, kind, topic[, history]}.

        Raises:
            KeyError: a line names a passage that doesn't exist.
        """
        for line in lines:
            history = tuple((role, text) for role, text in line.get("history", ()))
            if line["passage"] is None:
                yield self._refusal(line["question"], line["topic"], history=history, kind=line["kind"])
            else:
                gold = self._by_id[line["passage"]]
                yield self._answered(line["question"], gold, line["answer"], line["kind"], history)

    def outside(self, messages: Sequence[str], count: int) -> Iterator[Pair]:
        """Refusals for ``count`` messages foreign to the office."""
        for message in self._random.sample(list(messages), min(count, len(messages))):
            yield self._refusal(message, "fuera_de_alcance")

    def split(self, pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
        """Training and validation, shuffled. No passage answers in both, so that validation asks about
        texts whose answers were never learnt; of pairs without passages, no question is in both."""
        shuffled = list(pairs)
        self._random.shuffle(shuffled)
        names = sorted({pair.passage or pair.question for pair in pairs})
        held = set(self._random.sample(names, round(len(names) * _VALIDATION_SHARE)))
        parts: tuple[list[Pair], list[Pair]] = ([], [])
        for pair in shuffled:
            parts[(pair.passage or pair.question) in held].append(pair)
        return parts

    def _sample(self, questions: Sequence[str]) -> tuple[str, ...]:
        """Variants to ask; at least half of them stay in the index."""
        return tuple(self._random.sample(list(questions), min(_VARIANTS, len(questions) // 2)))

    def _without_sampled(self, passage: Passage) -> Passage:
        gone = self._left_out.get(passage.id, ())
        kept = tuple(question for question in passage.questions if question not in gone)
        title = passage.title if passage.title not in gone or not kept else kept[0]
        return replace(passage, questions=kept, title=title)

    def _gold(self, passage: Passage) -> Passage:
        """The rule, or now and then the one fact that it rests on."""
        facts = [self._by_id[key] for key in passage.facts if key in self._by_id]
        alone = len(facts) == 1 and self._random.random() < _FACTS_ONLY_SHARE
        return facts[0] if alone else passage

    def _refusal(
        self, question: str, topic: str, history: tuple[tuple[str, str], ...] = (), kind: str = "unanswerable"
    ) -> Pair:
        shown = self._excerpts(question, history, self._all)
        return Pair(question, _shown(shown), REFUSAL, None, topic, kind, history)

    def _answered(
        self, question: str, gold: Passage, answer: str | None, kind: str, history: tuple[tuple[str, str], ...]
    ) -> Pair:
        index = self._facts if gold.rule is None and self._random.random() < _FACTS_ONLY_SHARE else self._all
        excerpts = self._excerpts(question, history, index)
        place = next((i for i, e in enumerate(excerpts) if e.passage.id == gold.id), None)
        if place is None:
            place = next((i for i, e in enumerate(excerpts) if e.passage.akin(gold)), None)
            if place is None:  # retrieval missed it: there all the same, so that it is learnt
                excerpts = [*excerpts[: MAX_CANDIDATES - 1], Excerpt(gold, "")]
                place = len(excerpts) - 1
        text = excerpt(question, gold, index.grams, MAX_EXCERPT)
        answer = answer or _opening(gold.text)
        excerpts[place] = Excerpt(gold, text if holds(text, answer) else _around(gold, answer))
        return Pair(question, _shown(_without_twins(excerpts, gold)), answer, gold.id, gold.topic, kind, history)

    def _excerpts(self, question: str, history: tuple[tuple[str, str], ...], index: Index) -> list[Excerpt]:
        before = next((text for role, text in reversed(history) if role == "user"), "")
        search = f"{before} {question}".strip()
        found = candidates_of(index.search(search, self._today))
        return [excerpt_of(search, passage, index.grams) for passage in found]


def unlike(pairs: Iterable[Pair], tests: Sequence[str]) -> list[Pair]:
    """The distinct ``pairs`` whose question resembles none of the ``tests``' questions."""
    folded = [normalize(question) for question in tests]
    kept: dict[str, Pair] = {}
    for pair in pairs:
        question = normalize(pair.question)
        near = process.extractOne(question, folded, scorer=fuzz.token_sort_ratio, score_cutoff=SIMILAR)
        if pair.history or near is None:
            kept.setdefault(f"{question} {pair.history}", pair)
    return list(kept.values())


def without_passages(pairs: Iterable[Pair]) -> list[Pair]:
    """Question and answer of those of ``pairs`` that have one, which a model must then know by heart."""
    return [replace(pair, passages=(), passage=None) for pair in pairs if pair.passage]


def holds(text: str, answer: str) -> bool:
    """Whether ``text`` holds every figure of ``answer`` and nearly all of its words."""
    words, held = tokens(answer), set(tokens(text))
    enough = sum(word in held for word in words) >= _MIN_WORDS_HELD * len(words)
    stated = held_by([text])
    return enough and all(figure.supported_by(stated) for figure in figures(answer))


def _around(passage: Passage, answer: str) -> str:
    """The sentences of ``passage`` from the one that ``answer`` resembles most, or all that is short."""
    if len(passage.text) <= MAX_EXCERPT:
        return passage.text
    units = sentences(passage.text)
    wanted = set(tokens(answer))
    best = max(range(len(units)), key=lambda i: len(wanted & set(tokens(units[i]))))
    return join(units[best : best + 2])


def _opening(text: str) -> str:
    """The first sentences of ``text`` that make a short answer."""
    units = sentences(text)
    texts = [join(units[:count]) for count in range(len(units), 0, -1)]
    return next((t for t in texts if len(t) <= _ANSWER_LIMIT), units[0])


def _without_twins(excerpts: Sequence[Excerpt], gold: Passage) -> list[Excerpt]:
    """No second passage on the same facts, whose words would be as good an answer."""
    return [e for e in excerpts if e.passage.id == gold.id or not e.passage.akin(gold)]


def _shown(excerpts: Sequence[Excerpt]) -> tuple[dict[str, str], ...]:
    return tuple({"id": e.passage.id, "title": e.passage.title, "text": e.text} for e in excerpts)
