"""Training pairs as token arrays: encoded, batched by length in a seeded order, padded."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llm.pairs import Pair
from llm.prompt import END, REFUSAL, VERDICT_PLACE, render_prompt, render_reply

Encode = Callable[[str], Sequence[int]]
Arrays = dict[str, NDArray[np.int32] | NDArray[np.float32]]

_STEP = 32  # lengths are rounded up to a multiple, so that few shapes occur
_POOL = 16  # batches that are cut from one pool sorted by length
# The verdict decides whether anything is told, and is one token among fifty: it counts as many.
VERDICT_WEIGHT = 8.0
# Of a pair's distractors so many teach refusing: of one whose answer is there, and of one without.
_BESIDE_ANSWER, _WITHOUT_ANSWER = 1, 2


@dataclass(frozen=True)
class Example:
    """Token ids of the prompt and of the reply; a ``judged`` reply begins with the verdict on a passage."""

    prompt: tuple[int, ...]
    reply: tuple[int, ...]
    judged: bool

    @property
    def length(self) -> int:
        """Tokens in all."""
        return len(self.prompt) + len(self.reply)


def encode_pair(pair: Pair, encode: Encode, start: int, passages: bool = True) -> list[Example]:
    """``pair`` as the model sees it: one example for the passage that answers and for each of the best
    distractors; or, without ``passages``, the question alone. ``start`` opens every text."""
    if not passages:
        prompt, reply = render_prompt(pair.question, None, pair.history), pair.answer + END
        return [Example((start, *encode(prompt)), tuple(encode(reply)), False)]
    gold = pair.gold
    beside = pair.distractors[: _BESIDE_ANSWER if gold else _WITHOUT_ANSWER]
    replies = [(passage, render_reply(REFUSAL, False)) for passage in beside]
    replies += [(gold, render_reply(pair.answer, True))] if gold else []
    return [_example(pair, passage, reply, encode, start) for passage, reply in replies]


def _example(pair: Pair, passage: dict[str, str], reply: str, encode: Encode, start: int) -> Example:
    prompt = render_prompt(pair.question, (passage["title"], passage["text"]), pair.history)
    return Example((start, *encode(prompt)), tuple(encode(reply)), True)


def fitting(examples: Sequence[Example], length: int) -> list[Example]:
    """The examples of at most ``length`` tokens."""
    return [example for example in examples if example.length <= length]


def plan(lengths: Sequence[int], batch: int, seed: int, epoch: int) -> list[list[int]]:
    """Which examples each batch of ``epoch`` holds: shuffled, yet alike in length within a batch."""
    random = np.random.default_rng((seed, epoch))
    order = random.permutation(len(lengths))
    batches: list[list[int]] = []
    for at in range(0, len(order), batch * _POOL):
        pool = sorted(order[at : at + batch * _POOL].tolist(), key=lambda index: lengths[index])
        batches += [pool[cut : cut + batch] for cut in range(0, len(pool), batch)]
    return [batches[place] for place in random.permutation(len(batches))]


def pad(examples: Sequence[Example]) -> Arrays:
    """One batch: ``token_ids`` and ``padding_mask`` (batch, length); and for each token of the
    replies (batch, reply length) the ``places`` it is predicted from, ``targets`` and ``weights``
    (0 where padded)."""
    rows = len(examples)
    length = _round_up(max(example.length for example in examples))
    width = _round_up(max(len(example.reply) for example in examples))
    arrays: Arrays = {name: np.zeros((rows, length), np.int32) for name in ("token_ids", "padding_mask")}
    arrays |= {name: np.zeros((rows, width), np.int32) for name in ("places", "targets")}
    arrays["weights"] = np.zeros((rows, width), np.float32)
    for row, example in enumerate(examples):
        count = len(example.reply)
        arrays["token_ids"][row, : example.length] = example.prompt + example.reply
        arrays["padding_mask"][row, : example.length] = 1
        arrays["places"][row, :count] = np.arange(count) + len(example.prompt) - 1
        arrays["targets"][row, :count] = example.reply
        arrays["weights"][row, :count] = 1.0
        if example.judged:
            arrays["weights"][row, VERDICT_PLACE] = VERDICT_WEIGHT
    return arrays


def _round_up(count: int) -> int:
    return -(-count // _STEP) * _STEP
