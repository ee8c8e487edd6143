"""From a Gemma 3 GGUF file to a Hugging Face folder that KerasHub and transformers load."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from llm.pieces import CONTROL, NORMAL, SPACE, UNKNOWN, USER_DEFINED, Piece, build_model

_GLOBAL_EVERY = 6  # every sixth layer looks at the whole text, the others through a window
_TOP = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
_IN_LAYER = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "attn_norm": "input_layernorm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_TURNS = ("<start_of_turn>", "<end_of_turn>")


def convert(gguf: Path, folder: Path) -> None:
    """Write ``config.json``, ``model.safetensors`` (float32) and ``tokenizer.model`` into ``folder``."""
    from gguf import GGUFReader

    reader = GGUFReader(gguf)
    fields = dict(reader.fields)
    pieces = _pieces(fields)
    (folder / "config.json").write_text(json.dumps(_config(fields, len(pieces)), indent=1))
    (folder / "tokenizer.model").write_bytes(build_model(pieces))
    _write_tensors(reader.tensors, folder / "model.safetensors")


def hf_name(name: str) -> str:
    """The Hugging Face name of the GGUF tensor ``name`` (KeyError when it is no tensor of Gemma 3)."""
    if name in _TOP:
        return _TOP[name]
    _, layer, part, _ = name.split(".")
    return f"model.layers.{layer}.{_IN_LAYER[part]}.weight"


def _write_tensors(tensors: Any, target: Path) -> None:
    from gguf import dequantize
    from safetensors.numpy import save_file

    weights = {}
    for tensor in tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        # GGUF keeps the factor of a norm, Hugging Face what is added to one.
        weights[hf_name(tensor.name)] = values - 1 if tensor.name.endswith("norm.weight") else values
    save_file(weights, target, metadata={"format": "pt"})


def _pieces(fields: Any) -> list[Piece]:
    columns = (fields[f"tokenizer.ggml.{name}"].contents() for name in ("tokens", "scores", "token_type"))
    return [_piece(text, score, kind) for text, score, kind in zip(*columns, strict=True)]


def _piece(text: str, score: float, kind: int) -> Piece:
    if kind == NORMAL:
        return Piece(text, score)
    if text == "<unk>":
        return Piece(text, 0.0, UNKNOWN)
    if text in _TURNS:  # they must be readable in a prompt, which is text
        kind = USER_DEFINED
    return Piece(text if kind == CONTROL else text.replace(" ", SPACE), 0.0, kind)


def _config(fields: Any, vocabulary: int) -> dict[str, object]:
    def value(name: str) -> Any:
        return fields[f"gemma3.{name}"].contents()

    layers = value("block_count")
    return {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "vocab_size": vocabulary,
        "hidden_size": value("embedding_length"),
        "intermediate_size": value("feed_forward_length"),
        "num_hidden_layers": layers,
        "num_attention_heads": value("attention.head_count"),
        "num_key_value_heads": value("attention.head_count_kv"),
        "head_dim": value("attention.key_length"),
        "query_pre_attn_scalar": value("attention.key_length"),
        "max_position_embeddings": value("context_length"),
        "sliding_window": value("attention.sliding_window"),
        "layer_types": [_layer_type(layer) for layer in range(layers)],
        "rms_norm_eps": round(value("attention.layer_norm_rms_epsilon"), 9),
        "rope_theta": value("rope.freq_base"),
        "rope_local_base_freq": 10_000.0,
        "hidden_activation": "gelu_pytorch_tanh",
        "attention_bias": False,
        "tie_word_embeddings": True,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "bos_token_id": 2,
        "torch_dtype": "float32",
    }


def _layer_type(layer: int) -> str:
    return "full_attention" if (layer + 1) % _GLOBAL_EVERY == 0 else "sliding_attention"
