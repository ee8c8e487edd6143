"""A Hugging Face folder of a Gemma 3 as the GGUF file that llama.cpp and Ollama load."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llm.export.folder import CONFIG, SENTENCEPIECE, WEIGHTS
from llm.export.tokenizer import CHAT_TEMPLATE
from llm.pieces import CONTROL, SPACE, USER_DEFINED, Piece, read_pieces
from llm.prompt import END, START

KINDS = ("q8_0", "f16")
_BLOCK = 32  # values that share a scale in Q8_0; rows of another length stay as they are
_TURNS = (START, END)


def write_gguf(folder: Path, target: Path, kind: str) -> None:
    """Write the model of ``folder`` (see :func:`llm.export.folder.write_folder`) to ``target``, its
    matrices as ``kind`` (one of KINDS)."""
    from gguf import GGUFWriter

    config = json.loads((folder / CONFIG).read_text("utf-8"))
    writer = GGUFWriter(target, "gemma3")
    _add_shape(writer, config)
    _add_file_type(writer, kind)
    _add_tokenizer(writer, read_pieces((folder / SENTENCEPIECE).read_bytes()), config)
    _add_tensors(writer, folder / WEIGHTS, config["num_hidden_layers"], kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_shape(writer: Any, config: dict[str, Any]) -> None:
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_sliding_window(config["sliding_window"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_rope_freq_base_swa(config["rope_local_base_freq"])
    writer.add_vocab_size(config["vocab_size"])


def _add_file_type(writer: Any, kind: str) -> None:
    from gguf import GGML_QUANT_VERSION, LlamaFileType

    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0 if kind == "q8_0" else LlamaFileType.MOSTLY_F16)
    writer.add_quantization_version(GGML_QUANT_VERSION)


def _add_tokenizer(writer: Any, pieces: list[Piece], config: dict[str, Any]) -> None:
    ends = config["eos_token_id"]
    writer.add_tokenizer_model("llama")  # llama.cpp's name for SentencePiece's BPE
    writer.add_tokenizer_pre("default")
    writer.add_token_list([_text(piece) for piece in pieces])
    writer.add_token_scores([piece.score for piece in pieces])
    writer.add_token_types([_kind(piece) for piece in pieces])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(ends[0])
    writer.add_eot_token_id(ends[-1])
    writer.add_pad_token_id(config["pad_token_id"])
    writer.add_unk_token_id(next(index for index, piece in enumerate(pieces) if piece.text == "<unk>"))
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _kind(piece: Piece) -> int:
    return CONTROL if piece.text in _TURNS else piece.kind


def _text(piece: Piece) -> str:
    """llama.cpp looks for such pieces in the text as it comes, where spaces are spaces."""
    return piece.text.replace(SPACE, " ") if piece.kind == USER_DEFINED else piece.text


def _add_tensors(writer: Any, path: Path, layers: int, kind: str) -> None:
    from gguf import MODEL_ARCH, get_tensor_name_map
    from safetensors import safe_open

    names = get_tensor_name_map(MODEL_ARCH.GEMMA3, layers)
    with safe_open(path, "numpy") as tensors:
        for name in tensors.keys():  # noqa: SIM118 - it is no mapping
            _add_tensor(writer, names.get_name(name, (".weight",)), tensors.get_tensor(name), kind)


def _add_tensor(writer: Any, name: str, values: NDArray[np.float32], kind: str) -> None:
    from gguf import GGMLQuantizationType
    from gguf.quants import quantize

    if values.ndim == 1:  # a norm: GGUF keeps its factor, Hugging Face what is added to one
        writer.add_tensor(name, values.astype(np.float32) + 1)
    elif kind == "q8_0" and values.shape[-1] % _BLOCK == 0:
        writer.add_tensor(name, quantize(values, GGMLQuantizationType.Q8_0), raw_dtype=GGMLQuantizationType.Q8_0)
    else:
        writer.add_tensor(name, values.astype(np.float16))
