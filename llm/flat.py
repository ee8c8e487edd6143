"""Products of two matrices in place of einsums, for a model that only writes from now on.

One token at a time, reading the kernels is nearly all the work, and TensorFlow reads one about twice as fast
in a plain product as in an einsum over three axes (``python -m llm peers --kinds decode`` shows what it gives).
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any


def flatten(model: Any) -> None:
    """Let the projections of ``model``'s backbone multiply their kernels as matrices. Their kernels must not
    change afterwards; layers with LoRA on, a bias, an activation or int8 weights are left as they are."""
    from keras.layers import EinsumDense

    for layer in model.backbone._flatten_layers(include_self=False):
        if isinstance(layer, EinsumDense) and is_linear(layer) and not layer.lora_enabled:
            product = _product(layer)
            if product:
                layer.call = product


def is_linear(layer: Any) -> bool:
    """Whether an EinsumDense ``layer`` only multiplies: no bias, no activation, no int8 weights."""
    linear = layer.activation is None or layer.activation.__name__ == "linear"
    return linear and layer.bias is None and layer.quantization_mode is None


def _product(layer: Any) -> Callable[..., Any] | None:
    """``layer``'s call as one product, or None when its equation is no matrix product of its last axes."""
    import tensorflow as tf

    inputs, rest = layer.equation.split(",")
    kernel, outputs = rest.split("->")
    kept = "".join(axis for axis in inputs if axis in outputs)
    summed, made = inputs.removeprefix(kept), outputs.removeprefix(kept)
    if inputs != kept + summed or outputs != kept + made or sorted(kernel) != sorted(summed + made):
        return None
    sizes = dict(zip(kernel, layer.kernel.shape, strict=True))
    rows = int(tf.reduce_prod([sizes[axis] for axis in summed]))
    order = [kernel.index(axis) for axis in summed + made]
    turned = order != sorted(order)  # a copy, made once, where the kernel's axes lie otherwise
    held = tf.Variable(tf.transpose(tf.convert_to_tensor(layer.kernel), order), trainable=False) if turned else layer.kernel
    shape = [sizes[axis] for axis in made]

    def call(values: Any, training: Any = None) -> Any:
        matrix = tf.reshape(tf.cast(tf.convert_to_tensor(held), values.dtype), [rows, -1])
        result = tf.matmul(tf.reshape(values, [-1, rows]), matrix)
        return tf.reshape(result, tf.concat([tf.shape(values)[: len(kept)], shape], 0))

    return call
