"""How fast: books of 1,600 and 50,000 variants, put together from the public sets and our rules."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from nlu.bench.measure import Cost, costs, trained
from nlu.bench.ours import configurations
from nlu.bench.peers import PEERS, Engine
from nlu.bench.sets import Variants, load_set
from nlu.decision import DEFAULT_RISK
from nlu.development import make_book
from nlu.questions import Question
from rules.book import RuleBook

SIZES = (1_600, 50_000)
_VARIANTS_A_RULE = 10
# Questions asked, the same number from each set; they are variants of no book.
ASKED = 210
_SEED = 5


def synthetic_book(sources: Sequence[RuleBook], size: int) -> RuleBook:
    """A book of exactly ``size`` variants out of the rules of ``sources``, by a fixed seed.

    A small book takes ten variants of as many rules as it needs. When the sources run dry, further
    variants join the first half of one variant to the second half of another of the same rule.
    """
    rng = np.random.default_rng(_SEED)
    rules = [(f"{number}-{rule.id}", list(rule.questions)) for number, book in enumerate(sources) for rule in book.rules]
    order = [rules[i] for i in rng.permutation(len(rules))]
    few = [(rule, texts[:_VARIANTS_A_RULE]) for rule, texts in order]
    if size <= sum(len(texts) for _, texts in few):
        return make_book(_cut(few, size))
    chosen = dict(order)
    _fill(chosen, size - sum(map(len, chosen.values())), rng)
    return make_book(_cut(list(chosen.items()), size))


def _cut(rules: Sequence[tuple[str, list[str]]], size: int) -> Variants:
    book: Variants = {}
    for rule, texts in rules:
        if size > 0:
            book[rule] = texts[:size]
            size -= len(texts)
    return book


def _fill(book: Variants, missing: int, rng: np.random.Generator) -> None:
    ids = list(book)
    originals = {rule: tuple(texts) for rule, texts in book.items()}
    for number in range(max(missing, 0)):
        rule = ids[number % len(ids)]
        first, second = rng.integers(len(originals[rule]), size=2)
        head, tail = originals[rule][first].split(), originals[rule][second].split()
        book[rule].append(" ".join(head[: (len(head) + 1) // 2] + tail[len(tail) // 2 :]))


def speeds(public: Path, sizes: Sequence[int] = SIZES) -> Iterator[tuple[int, dict[str, Cost]]]:
    """For each size, one after the other, the cost of ours and of two quick peers, on one core."""
    sets = [load_set(name, public) for name in ("clinc-all", "banking-all", "own")]
    asked = [question for bench_set in sets for question in bench_set.limited(ASKED // len(sets)).test]
    for size in sizes:
        yield size, _speed(synthetic_book([s.book for s in sets], size), asked)


def _speed(book: RuleBook, asked: Sequence[Question]) -> dict[str, Cost]:
    names = ("RapidFuzz token_sort_ratio", "BM25")
    engines: dict[str, Engine] = {**configurations(DEFAULT_RISK), **{name: PEERS[name]() for name in names}}
    with threadpool_limits(1):
        seconds = {name: trained(engine, book) for name, engine in engines.items()}
        return costs(engines, seconds, book, asked)
