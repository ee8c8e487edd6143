"""LoRA as two thin products gives the same outputs and gradients as Keras's own way."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from llm.lora import enable_lora
from llm.low_rank import thin_products
from llm.train import TARGETS
from llm.weights import load_model
from tests.tiny_gemma import tiny_folder

IDS = np.array([[2, 7, 5, 9, 4], [2, 6, 6, 8, 3]], np.int32)


def outputs_and_gradients(model: object) -> tuple[np.ndarray, list[np.ndarray]]:
    import tensorflow as tf

    backbone = model.backbone  # type: ignore[attr-defined]
    values = [variable.value for variable in backbone.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(values)
        hidden = backbone({"token_ids": IDS, "padding_mask": np.ones_like(IDS)})
        total = tf.reduce_sum(hidden * tf.range(hidden.shape[-1], dtype=hidden.dtype))
    return np.array(hidden), [np.array(gradient) for gradient in tape.gradient(total, values)]


def test_outputs_and_gradients_stay(tmp_path: Path) -> None:
    model = load_model(str(tiny_folder(tmp_path / "tiny", layers=2)), "float32")
    enable_lora(model, 2, TARGETS)
    chance = np.random.default_rng(0)
    for variable in model.backbone.trainable_variables:
        variable.assign(chance.normal(size=variable.shape) * 0.3)
    hidden, gradients = outputs_and_gradients(model)
    thin_products(model)
    again, regained = outputs_and_gradients(model)
    np.testing.assert_allclose(again, hidden, rtol=1e-3, atol=1e-3)
    for one, other in zip(gradients, regained, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-2, atol=1e-2 * np.abs(one).max())


def test_layers_without_lora_are_left_alone(tmp_path: Path) -> None:
    from keras.layers import EinsumDense

    model = load_model(str(tiny_folder(tmp_path / "tiny", layers=2)), "float32")
    enable_lora(model, 2, ("query",))
    thin_products(model)
    layers = [layer for layer in model.backbone._flatten_layers(include_self=False) if isinstance(layer, EinsumDense)]
    assert {layer.name for layer in layers if "call" in vars(layer)} == {"query"}
    assert len({layer.name for layer in layers}) > 1


@pytest.mark.parametrize("rank", [1, 3])
def test_a_fresh_adapter_changes_nothing(tmp_path: Path, rank: int) -> None:
    folder = str(tiny_folder(tmp_path / "tiny", layers=2))
    plain, tuned = load_model(folder, "float32"), load_model(folder, "float32")
    enable_lora(tuned, rank, TARGETS)
    thin_products(tuned)
    given = {"token_ids": IDS, "padding_mask": np.ones_like(IDS)}
    np.testing.assert_allclose(np.array(tuned.backbone(given)), np.array(plain.backbone(given)), rtol=1e-4, atol=1e-4)
