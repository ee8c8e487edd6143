"""Greedy decoding with a KerasHub Gemma 3, one token of every row at a time.

Token ids in, token ids out: it knows no text, no threads and no deadlines.
"""
from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from llm.flat import flatten

MAX_PROMPT = 512  # tokens
MAX_NEW = 112  # tokens of a reply; 400 characters of Spanish take fewer
BATCHES = (1, 2, 4, 8)  # rows; a batch is filled up to one of these
_STEP = 32  # tokens; prompts are filled up to a multiple, so that few shapes occur
_WARM_LENGTHS = (96, 128, 160, 192)  # of the usual prompts
_ANY_TOKEN = 1


class Decoder:
    """Continues prompts with the likeliest tokens of ``model`` (a Gemma3CausalLM).

    The prompt goes through the model once (prefill), then each token alone (step). Prompts of a
    batch are filled up on the left: all rows then write at the same place, and Gemma's positions
    are relative. Both functions are traced once, with their shapes left open; on a CPU another
    trace for each shape would cost half a minute and gain nothing. The model's kernels must not change
    afterwards (see :func:`llm.flat.flatten`).
    """

    def __init__(self, model: Any) -> None:
        import tensorflow as tf

        flatten(model)
        self._model = model
        ids, flags = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, None), tf.bool)
        rows, index = tf.TensorSpec((None,), tf.int32), tf.TensorSpec((), tf.int32)
        self._prefill = tf.function(self._read, input_signature=[ids, flags])
        self._step = tf.function(self._continue, input_signature=[rows, self._cache_signature(), index, flags])

    def warm(self) -> None:
        """Trace both functions and run the usual shapes once, so that no request waits for that."""
        for rows in BATCHES:
            for length in _WARM_LENGTHS:
                steps = self.decode([[_ANY_TOKEN] * length] * rows)
                next(steps), next(steps)
                steps.close()

    def decode(self, prompts: Sequence[Sequence[int]]) -> Generator[list[int]]:
        """The next token of every prompt, again and again, at most MAX_NEW times; closing it ends
        the work. What follows a row's end mark is meaningless.

        Raises:
            ValueError: no prompt, too many (BATCHES), or one that is empty or longer than MAX_PROMPT.
        """
        import tensorflow as tf

        ids, flags = _fill_up(prompts)
        tokens, cache = self._prefill(tf.constant(ids), tf.constant(flags))
        flags = tf.constant(np.pad(flags, ((0, 0), (0, MAX_NEW)), constant_values=True))
        for index in range(ids.shape[1], ids.shape[1] + MAX_NEW):
            yield tokens.numpy()[: len(prompts)].tolist()
            tokens, cache = self._step(tokens, cache, tf.constant(index), flags)

    def _cache_signature(self) -> Any:
        import tensorflow as tf

        backbone = self._model.backbone
        layer = tf.TensorSpec((None, None, backbone.num_key_value_heads, backbone.head_dim), self._model.compute_dtype)
        return tuple((layer, layer) for _ in range(backbone.num_layers))

    def _read(self, ids: Any, flags: Any) -> Any:
        """The first token after each prompt of ``ids`` (rows, length), and the cache of keys and values."""
        import tensorflow as tf

        backbone = self._model.backbone
        flags = tf.pad(flags, [[0, 0], [0, MAX_NEW]])
        shape = [tf.shape(ids)[0], tf.shape(ids)[1] + MAX_NEW, backbone.num_key_value_heads, backbone.head_dim]
        empty = tf.zeros(shape, self._model.compute_dtype)
        cache = ((empty, empty),) * backbone.num_layers
        _, hidden, cache = self._model.call_with_cache(ids, cache, 0, padding_mask=flags)
        return self._best(hidden), cache

    def _continue(self, tokens: Any, cache: Any, index: Any, flags: Any) -> Any:
        """The token after ``tokens`` (rows), which stand at ``index``, and the grown cache."""
        _, hidden, cache = self._model.call_with_cache(tokens[:, None], cache, index, padding_mask=flags)
        return self._best(hidden), cache

    def _best(self, hidden: Any) -> Any:
        """The likeliest token after the last place of ``hidden`` (rows, length, width). Only that place goes
        through the output layer: TensorFlow drops the logits that ``call_with_cache`` would make."""
        import tensorflow as tf

        logits = self._model.backbone.token_embedding(hidden[:, -1], reverse=True)
        return tf.argmax(logits, axis=-1, output_type=tf.int32)


def until_stop(steps: Iterable[list[int]], stops: frozenset[int], rows: int) -> list[list[int]]:
    """The whole replies of ``rows`` rows, read from ``steps`` until each met one of ``stops``."""
    replies: list[list[int]] = [[] for _ in range(rows)]
    open_rows = set(range(rows))
    for tokens in steps:
        for row in sorted(open_rows):
            if tokens[row] in stops:
                open_rows.remove(row)
            else:
                replies[row].append(tokens[row])
        if not open_rows:
            break
    return replies


def in_batches(prompts: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """The places of ``prompts`` in batches of the greatest size, those of like length together."""
    order = sorted(range(len(prompts)), key=lambda place: len(prompts[place]))
    for start in range(0, len(order), BATCHES[-1]):
        yield order[start : start + BATCHES[-1]]


def _fill_up(prompts: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Token ids and which of them count, each (rows, length), both rounded up to a usual shape."""
    lengths = [len(prompt) for prompt in prompts]
    if not 0 < len(prompts) <= BATCHES[-1] or min(lengths) == 0 or max(lengths) > MAX_PROMPT:
        raise ValueError(f"prompts of {lengths} tokens: 1 to {BATCHES[-1]} of at most {MAX_PROMPT} can be decoded")
    rows = next(size for size in BATCHES if size >= len(prompts))
    length = -(-max(lengths) // _STEP) * _STEP
    ids, flags = np.full((rows, length), _ANY_TOKEN, np.int32), np.zeros((rows, length), bool)
    for row, prompt in enumerate([*prompts, *[prompts[0]] * (rows - len(prompts))]):
        ids[row, length - len(prompt) :] = prompt
        flags[row, length - len(prompt) :] = True
    return ids, flags
