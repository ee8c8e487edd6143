"""While a model writes, its projections are plain matrix products that give the same."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from llm.flat import flatten
from llm.lora import enable_lora
from llm.train import TARGETS
from llm.weights import load_model
from tests.tiny_gemma import tiny_folder

IDS = np.array([[2, 7, 5, 9, 4], [2, 6, 6, 8, 3]], np.int32)


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("plano")
    return str(tiny_folder(folder / "tiny"))


def logits(model: object) -> np.ndarray:
    backbone = model.backbone  # type: ignore[attr-defined]
    hidden = backbone({"token_ids": IDS, "padding_mask": np.ones_like(IDS)})
    return np.array(backbone.token_embedding(hidden, reverse=True))


def projections(model: object) -> list[object]:
    from keras.layers import EinsumDense

    layers = model.backbone._flatten_layers(include_self=False)  # type: ignore[attr-defined]
    return [layer for layer in layers if isinstance(layer, EinsumDense)]


def test_every_projection_gives_the_same_as_before(preset: str) -> None:
    model = load_model(preset, "float32")
    whole = logits(model)
    flatten(model)
    assert all("call" in vars(layer) for layer in projections(model))
    np.testing.assert_allclose(logits(model), whole, rtol=1e-4, atol=1e-4)


def test_layers_with_lora_on_are_left_alone(preset: str) -> None:
    model = load_model(preset, "float32")
    enable_lora(model, 2, TARGETS)
    flatten(model)
    on = [layer for layer in projections(model) if layer.lora_enabled]  # type: ignore[attr-defined]
    assert on and not any("call" in vars(layer) for layer in on)
