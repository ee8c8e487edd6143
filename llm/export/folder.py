"""A model as the Hugging Face folder that transformers and vLLM load."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from llm.export.tokenizer import end_ids, tokenizer_config, write_tokenizer
from llm.pieces import read_pieces

WEIGHTS, CONFIG, SENTENCEPIECE = "model.safetensors", "config.json", "tokenizer.model"
_CONTEXT = 32_768  # tokens; what the smallest Gemma 3 was trained for


def write_folder(model: Any, folder: Path) -> None:
    """Write ``model`` (a Gemma3CausalLM whose adapter, if any, is merged) into the existing ``folder``."""
    proto = model.preprocessor.tokenizer.proto
    model.export_to_transformers(str(folder))
    ends = end_ids(read_pieces(proto))
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    _write(folder / CONFIG, config | _completed(config, ends))
    _write(folder / "generation_config.json", {"do_sample": False, **_special_ids(config, ends)})
    _write(folder / "tokenizer_config.json", tokenizer_config())
    (folder / "special_tokens_map.json").unlink()  # transformers 5 can't read its form, and the one above says it all
    write_tokenizer(proto, folder)


def _completed(config: dict[str, Any], ends: list[int]) -> dict[str, object]:
    """What KerasHub leaves out of its configuration, in the words of older readers too."""
    rope = config["rope_parameters"]
    return {
        **_special_ids(config, ends),
        "rope_theta": rope["full_attention"]["rope_theta"],
        "rope_local_base_freq": rope["sliding_attention"]["rope_theta"],
        "max_position_embeddings": _CONTEXT,
        "tie_word_embeddings": True,
    }


def _special_ids(config: dict[str, Any], ends: list[int]) -> dict[str, object]:
    return {"bos_token_id": config["bos_token_id"], "eos_token_id": ends, "pad_token_id": config["pad_token_id"]}


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")
