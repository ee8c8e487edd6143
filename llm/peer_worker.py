"""``python -m llm.peer_worker step|decode whole|cropped DTYPE WORK``: this project's side of ``llm.peer_speed``.

Prints a line when ready; then, for each line it reads, does the work once and prints how long it took.
"""
from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from llm.decoding import Decoder
from llm.lora import Trainer
from llm.train import TARGETS
from llm.weights import load_model

_RANK, _RATE = 8, 1e-3
Work = Callable[[], dict[str, Any]]


def main(kind: str, vocabulary: str, dtype: str, path: str) -> None:
    """Work once to warm up, then once for each line of standard input."""
    work = json.loads(Path(path).read_text("utf-8"))
    model = load_model(dtype=dtype, cropped=vocabulary == "cropped")
    run = (step_of if kind == "step" else decode_of)(model, work[vocabulary] | work)
    print(json.dumps(run()), flush=True)
    for _ in sys.stdin:
        print(json.dumps(run()), flush=True)


def step_of(model: Any, work: dict[str, Any]) -> Work:
    """One optimiser step; what it made is the loss before it."""
    trainer = Trainer(model, _RANK, TARGETS, _RATE)
    rows = np.array(work["rows"], np.int32)
    learned = np.arange(rows.shape[1] - work["reply"], rows.shape[1])
    places = np.broadcast_to(learned - 1, (len(rows), len(learned))).astype(np.int32)
    batch = {"token_ids": rows, "padding_mask": np.ones_like(rows), "places": places, "targets": rows[:, learned]}
    batch["weights"] = np.ones(places.shape, np.float32)

    def run() -> dict[str, Any]:
        start = time.perf_counter()
        loss = trainer.step(batch)
        return {"seconds": time.perf_counter() - start, "made": loss}

    return run


def decode_of(model: Any, work: dict[str, Any]) -> Work:
    """One greedy continuation, no end of turn heeded; what it made are its tokens in the whole vocabulary."""
    decoder = Decoder(model)
    whole = _whole_ids(model)

    def run() -> dict[str, Any]:
        start = time.perf_counter()
        steps = islice(decoder.decode([work["prompt"]]), work["new"])
        made = [next(steps)[0]]
        first = time.perf_counter() - start
        made += [tokens[0] for tokens in steps]
        return {"seconds": time.perf_counter() - start, "first": first, "made": [whole[token] for token in made]}

    return run


def _whole_ids(model: Any) -> list[int]:
    from llm.vocabulary import SIZE, read_ids

    size = model.preprocessor.tokenizer.vocabulary_size()
    return read_ids() if size == SIZE else list(range(size))


if __name__ == "__main__":
    main(*sys.argv[1:])
