"""A LoRA adapter folded into the weights it belongs to."""
from __future__ import annotations

from typing import Any

import numpy as np


def merge_adapter(model: Any) -> int:
    """Add each LoRA product of ``model`` to its kernel and empty it: the model computes the same,
    and its kernels alone say all. How many layers had one.

    KerasHub's own export reads the kernels only, so that it would leave the adapter out.
    """
    layers = [layer for layer in model.backbone._flatten_layers(include_self=False) if _has_lora(layer)]
    for layer in layers:
        whole = np.asarray(layer.kernel)  # of a layer with LoRA, this is the sum
        layer.lora_kernel_b.assign(np.zeros(layer.lora_kernel_b.shape))
        next(weight for weight in layer.weights if weight.name == "kernel").assign(whole)
    return len(layers)


def _has_lora(layer: Any) -> bool:
    return bool(getattr(layer, "lora_enabled", False))
