"""A real Gemma 3, only tiny: made in seconds, for tests of weights, training and generation."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llm.framework import hub_models
from llm.pieces import BYTE, CONTROL, SPACE, UNKNOWN, USER_DEFINED, Piece, build_model
from llm.weights import WeightsInfo, save_model, weights_hash

LETTERS = "abcdefghijklmnopqrstuvwxyzáéíóúüñABCDEFGHIJKLMNOPQRSTUVWXYZÑ0123456789¿?¡!.,:;()[]@-«»"
WORDS = ("la", "el", "de", "que", "en", "no", "lo", "sé", "pregunta", "contesta", "inscripción", "ventanilla", "trimestre")
FOREIGN = ["привет", "ναι", "こんにちは", "字", "ß"]  # pieces that Spanish doesn't need


def tiny_pieces() -> list[Piece]:
    """A vocabulary with the same kinds of pieces, in the same order, as Gemma's."""
    controls = [Piece(text, 0.0, CONTROL) for text in ("<pad>", "<eos>", "<bos>")]
    turns = [Piece(text, 0.0, USER_DEFINED) for text in ("<start_of_turn>", "<end_of_turn>", "\n")]
    letters = [*LETTERS, SPACE, *"приветναιこんにちは字ß"]
    grown = [text for text in dict.fromkeys(_growing()) if len(text) > 1]
    normal = [Piece(text, -float(rank)) for rank, text in enumerate([*grown, *dict.fromkeys(letters)])]
    return [*controls, Piece("<unk>", 0.0, UNKNOWN), *turns, *(Piece(f"<0x{n:02X}>", 0.0, BYTE) for n in range(256)), *normal]


def _growing() -> Iterator[str]:
    for word in [*(SPACE + word for word in WORDS), *FOREIGN]:
        for end in range(2, len(word) + 1):
            yield word[:end]


def tiny_model(layers: int = 6) -> Any:
    """An untrained Gemma3CausalLM of a few thousand weights, tokenizer and preprocessor inside."""
    import keras

    models = hub_models()
    keras.utils.set_random_seed(1)
    pieces = tiny_pieces()
    tokenizer = models.Gemma3Tokenizer(build_model(pieces), has_vision_tokens=False)
    backbone = models.Gemma3Backbone(
        vocabulary_size=len(pieces), image_size=None, num_layers=layers, num_query_heads=2, num_key_value_heads=1,
        hidden_dim=32, intermediate_dim=48, head_dim=16, use_post_ffw_norm=True, use_post_attention_norm=True,
        use_sliding_window_attention=True, sliding_window_size=64,
    )  # fmt: skip
    preprocessor = models.Gemma3CausalLMPreprocessor(tokenizer, image_converter=None)
    return models.Gemma3CausalLM(backbone=backbone, preprocessor=preprocessor)


def tiny_folder(folder: Path, layers: int = 6) -> Path:
    """A tiny model on disk, as ``load_model(str(folder))`` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    model = tiny_model(layers)
    save_model(model, folder, WeightsInfo(str(folder), weights_hash(model), ""))
    return folder
