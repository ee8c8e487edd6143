"""``python -m llm.peer.compare FOLDER REFERENCE``: an exported folder in transformers against KerasHub's figures."""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

OPENING, ENDING = "<start_of_turn>user\n", "<end_of_turn>\n<start_of_turn>model\n"


def main(folder: str, reference: str) -> None:
    """Print, a prompt a row: are ids, chat template and greedy reply equal, and how far apart the logits are."""
    torch.set_num_threads(2)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    rows = json.loads((Path(reference) / "reference.json").read_text("utf-8"))
    logits = (np.load(Path(reference) / f"logits_{index}.npy") for index in range(len(rows)))
    print(json.dumps([compare(model, tokenizer, row, ours) for row, ours in zip(rows, logits)]))


def compare(model: Any, tokenizer: Any, row: dict[str, Any], ours: Any) -> dict[str, object]:
    """One prompt: the checks by name, and ``difference``, the greatest of any logit's."""
    with torch.inference_mode():
        theirs = model(torch.tensor([row["ids"]])).logits[0].numpy()
    return {
        "ids": tokenizer(row["text"])["input_ids"] == row["ids"],
        "template": _by_template(tokenizer, row["text"]) == row["ids"],
        "ends": model.generation_config.eos_token_id == row["ends"],
        "first": bool((theirs.argmax(-1) == ours.argmax(-1)).all()),
        "difference": float(np.abs(theirs - ours).max()),
        "scale": float(np.abs(ours).max()),
        "reply": _reply(model, row) == row["reply"],
    }


def _by_template(tokenizer: Any, text: str) -> list[int]:
    """The ids of the same user turn when the folder's chat template renders it."""
    content = text.removeprefix(OPENING).removesuffix(ENDING)
    turns = [{"role": "user", "content": content}]
    return list(tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False))


def _reply(model: Any, row: dict[str, Any]) -> list[int]:
    ids = torch.tensor([row["ids"]])
    with torch.inference_mode():
        whole = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=len(row["reply"]), do_sample=False)
    return [int(token) for token in whole[0, ids.shape[1] :]]


if __name__ == "__main__":
    main(*sys.argv[1:])
