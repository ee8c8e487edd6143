"""Keras as this project uses it: on TensorFlow, quiet, in the arithmetic that the machine does fast."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

_CPU_FLAGS = ("avx512_bf16", "amx_bf16")


def hub_models() -> Any:
    """``keras_hub.models``. The first call takes some 10 s: nothing imports Keras before it."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from keras_hub import models

    return models


def has_gpu() -> bool:
    """Whether TensorFlow sees a GPU."""
    hub_models()
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def best_dtype() -> str:
    """``bfloat16`` on a GPU or a CPU that computes in it (half the time of a LoRA step), else ``float32``."""
    return "bfloat16" if has_gpu() or _cpu_has_bfloat16() else "float32"


def _cpu_has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    try:
        text = cpuinfo.read_text("utf-8")
    except OSError:
        return False
    return any(flag in text for flag in _CPU_FLAGS)
