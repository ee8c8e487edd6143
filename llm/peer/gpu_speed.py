"""``python -m llm.peer.gpu_speed``: Gemma 3 1b on a GPU, KerasHub beside transformers + peft in one run.

The model has the shape of ``gemma3_instruct_1b`` and random weights: neither a step's time nor a token's hangs
on their values. KerasHub computes with the backend that ``KERAS_BACKEND`` names (this bench's default: jax, whose
wheels come with CUDA). Imports nothing of this project, so that it runs wherever both libraries are.
"""
from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LAYERS, HIDDEN, INNER, HEADS, KEY_HEADS, HEAD, VOCABULARY, WINDOW = 26, 1152, 6912, 4, 1, 256, 262_144, 512
# (rows, tokens, rank) of a step: KerasHub's own LoRA example (the queries and values), and this project's (all kernels).
STEPS = ((1, 256, 4), (4, 192, 8))
PROMPT, NEW = 200, 56  # tokens of a written answer
BATCHES = (1, 8)  # answers written at once
ROUNDS, WARMUPS = 10, 3
STUDENT_SECONDS = 0.209  # the project before this one, a LoRA step of gemma3_instruct_1b on an RTX A5000: issue 3 names it
_RATE = 1e-4
_HUB_FEW = ["query", "value"]
_HUB_ALL = [*_HUB_FEW, "key", "attention_output", "ffw_gating", "ffw_gating_2", "ffw_linear"]
_PEFT_FEW = ["q_proj", "v_proj"]
_PEFT_ALL = [*_PEFT_FEW, "k_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
Ids = NDArray[np.int32]
Work = Callable[[], object]


def main(argv: list[str] | None = None) -> None:
    """Time every kind of work on both libraries and print the table; ``--out`` keeps it as JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path)
    out: Path | None = options.parse_args(argv).out
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # the peer shares the card
    ids = np.random.default_rng(0).integers(3, VOCABULARY, (max(*BATCHES, STEPS[-1][0]), 512), dtype=np.int32)
    found: dict[str, dict[str, float]] = {}
    for library in (keras_work, torch_work):
        for name, run in library(ids):
            found.setdefault(name, {})[library.__name__.removesuffix("_work")] = timed(run)
            print(name, json.dumps(found[name]), file=sys.stderr, flush=True)
    table = {"device": device(), "student_seconds": STUDENT_SECONDS, "median_seconds": found}
    print(json.dumps(table, indent=1))
    if out:
        out.write_text(json.dumps(table, indent=1) + "\n", "utf-8")


def timed(run: Work) -> float:
    """Median seconds of ``run`` after it is warm."""
    seconds = []
    for _ in range(WARMUPS + ROUNDS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return round(statistics.median(seconds[WARMUPS:]), 5)


def device() -> str:
    """The card and the libraries' versions."""
    import keras
    import keras_hub
    import peft
    import torch
    import transformers

    versions = (f"{one.__name__} {one.__version__}" for one in (keras, keras_hub, torch, transformers, peft))
    return ", ".join((torch.cuda.get_device_name(), f"Keras on {keras.backend.backend()}", *versions))


def keras_work(ids: Ids) -> Iterator[tuple[str, Work]]:
    """Steps of KerasHub's causal LM as compiled and fitted, then greedy answers; bfloat16."""
    import keras
    from keras_hub import models

    def model(rank: int, targets: list[str]) -> Any:
        backbone = models.Gemma3Backbone(
            vocabulary_size=VOCABULARY, image_size=896, vision_encoder=None, num_layers=LAYERS, hidden_dim=HIDDEN,
            intermediate_dim=INNER, num_query_heads=HEADS, num_key_value_heads=KEY_HEADS, head_dim=HEAD,
            use_query_key_norm=True, use_sliding_window_attention=True, sliding_window_size=WINDOW, dtype="bfloat16",
        )  # fmt: skip
        if rank:
            backbone.enable_lora(rank, target_layer_names=targets)
        causal = models.Gemma3CausalLM(preprocessor=None, backbone=backbone)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        causal.compile(optimizer=keras.optimizers.AdamW(_RATE), loss=loss, sampler="greedy")
        return causal

    for rows, length, rank in STEPS:
        causal = model(rank, _HUB_FEW if rank == STEPS[0][2] else _HUB_ALL)
        inputs = {"token_ids": ids[:rows, :length], "padding_mask": np.ones((rows, length), np.int32)}
        learned = (ids[:rows, 1 : length + 1], np.ones((rows, length), np.float32))
        yield _step_name(rows, length, rank), partial(causal.train_on_batch, inputs, *learned)
        del causal
        gc.collect()
    generate = model(0, []).make_generate_function()
    for batch in BATCHES:
        given = np.broadcast_to(np.arange(PROMPT + NEW) < PROMPT, (batch, PROMPT + NEW)).astype(np.int32)
        inputs = {"token_ids": ids[:batch, : PROMPT + NEW] * given, "padding_mask": given}
        yield _decode_name(batch), partial(_written, generate, inputs)
    del generate
    gc.collect()


def _written(generate: Callable[..., dict[str, Any]], inputs: dict[str, Ids]) -> Ids:
    return np.asarray(generate(inputs, stop_token_ids=None)["token_ids"])  # fetched: the work is then done


def torch_work(ids: Ids) -> Iterator[tuple[str, Work]]:
    """The same of transformers + peft; bfloat16."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    shape = {
        "vocab_size": VOCABULARY, "hidden_size": HIDDEN, "intermediate_size": INNER, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "num_key_value_heads": KEY_HEADS, "head_dim": HEAD, "sliding_window": WINDOW,
    }  # fmt: skip

    def model() -> Any:
        with torch.device("cuda"):
            return Gemma3ForCausalLM(Gemma3TextConfig(**shape)).to(torch.bfloat16)

    for rows, length, rank in STEPS:
        targets = _PEFT_FEW if rank == STEPS[0][2] else _PEFT_ALL
        config = LoraConfig(r=rank, lora_alpha=rank, target_modules=targets, task_type="CAUSAL_LM")
        tuned = get_peft_model(model(), config).train()
        optimizer = torch.optim.AdamW([weight for weight in tuned.parameters() if weight.requires_grad], lr=_RATE)
        batch = torch.tensor(ids[:rows, :length], dtype=torch.long, device="cuda")

        def step(tuned: Any = tuned, optimizer: Any = optimizer, batch: Any = batch) -> None:
            loss = tuned(input_ids=batch, attention_mask=torch.ones_like(batch), labels=batch).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            loss.item()

        yield _step_name(rows, length, rank), step
        del tuned, optimizer, batch, step
        gc.collect()
        torch.cuda.empty_cache()
    plain = model().eval()
    size = {"max_new_tokens": NEW, "min_new_tokens": NEW, "do_sample": False}
    for count in BATCHES:
        prompt = torch.tensor(ids[:count, :PROMPT], dtype=torch.long, device="cuda")

        def write(prompt: Any = prompt) -> None:
            with torch.inference_mode():
                plain.generate(prompt, attention_mask=torch.ones_like(prompt), **size)
            torch.cuda.synchronize()

        yield _decode_name(count), write


def _step_name(rows: int, length: int, rank: int) -> str:
    return f"LoRA step, {rows} x {length} tokens, rank {rank}"


def _decode_name(batch: int) -> str:
    return f"{batch} x ({PROMPT} + {NEW}) tokens written"


if __name__ == "__main__":
    main()
