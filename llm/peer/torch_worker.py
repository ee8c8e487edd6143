"""``python -m llm.peer.torch_worker step|decode FOLDER DTYPE WORK``: transformers' side of ``llm.peer_speed``."""
from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
_RANK, _RATE, _CLIP = 8, 1e-3, 1.0
_UNLEARNED = -100  # the label that the loss leaves out
Work = Callable[[], dict[str, Any]]


def main(kind: str, folder: str, dtype: str, path: str) -> None:
    """Work once to warm up, then once for each line of standard input."""
    torch.set_num_threads(2)
    torch.manual_seed(0)
    work = json.loads(Path(path).read_text("utf-8"))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype))
    run = (step_of if kind == "step" else decode_of)(model, work["whole"] | work)
    print(json.dumps(run()), flush=True)
    for _ in sys.stdin:
        print(json.dumps(run()), flush=True)


def step_of(model: Any, work: dict[str, Any]) -> Work:
    """One optimiser step; what it made is the loss before it."""
    config = LoraConfig(r=_RANK, lora_alpha=_RANK, target_modules=TARGETS, task_type="CAUSAL_LM")
    model = get_peft_model(model, config).train()
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=_RATE, weight_decay=0.0)
    ids = torch.tensor(work["rows"])
    labels = ids.clone()
    labels[:, : -work["reply"]] = _UNLEARNED

    def run() -> dict[str, Any]:
        start = time.perf_counter()
        loss = model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, _CLIP)
        optimizer.step()
        optimizer.zero_grad()
        return {"seconds": time.perf_counter() - start, "made": float(loss)}

    return run


def decode_of(model: Any, work: dict[str, Any]) -> Work:
    """One greedy continuation, no end of turn heeded; what it made are its tokens."""
    ids = torch.tensor([work["prompt"]])
    size = {"max_new_tokens": work["new"], "min_new_tokens": work["new"], "do_sample": False}
    model.eval()

    def run() -> dict[str, Any]:
        start = time.perf_counter()
        with torch.inference_mode():
            whole = model.generate(ids, attention_mask=torch.ones_like(ids), **size)
        return {"seconds": time.perf_counter() - start, "made": whole[0, ids.shape[1] :].tolist()}

    return run


if __name__ == "__main__":
    main(*sys.argv[1:])
