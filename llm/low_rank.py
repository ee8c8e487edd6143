"""LoRA as two thin products beside the kernel's own.

Keras adds the product of the two thin kernels to the whole kernel and multiplies once, so that a step computes
the gradient of the whole kernel only to reduce it to the thin ones: half as much work again, for nothing.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llm.flat import is_linear


def thin_products(model: Any) -> None:
    """Let the layers of ``model``'s backbone that have LoRA on multiply by its kernels one after the other: the same
    outputs and gradients. Before anything is traced; layers with a bias, an activation or int8 weights are left as they are."""
    from keras.layers import EinsumDense

    for layer in model.backbone._flatten_layers(include_self=False):
        if isinstance(layer, EinsumDense) and layer.lora_enabled and is_linear(layer):
            layer.call = _product(layer)


def _product(layer: Any) -> Callable[..., Any]:
    from keras import ops

    inputs, rest = layer.equation.split(",")
    kernel, outputs = rest.split("->")
    last, rank = kernel[-1], next(sign for sign in "rxyz" if sign not in layer.equation)
    down = f"{inputs},{kernel[:-1]}{rank}->{outputs.replace(last, rank)}"
    up = f"{outputs.replace(last, rank)},{rank}{last}->{outputs}"
    scale = layer.lora_alpha / layer.lora_rank

    def call(values: Any, training: Any = None) -> Any:
        first, second = (ops.cast(part, values.dtype) for part in (layer.lora_kernel_a, layer.lora_kernel_b))
        thin = ops.einsum(up, ops.einsum(down, values, first), second)
        return ops.einsum(layer.equation, values, ops.cast(layer._kernel, values.dtype)) + scale * thin

    return call
