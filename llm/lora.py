"""LoRA on a KerasHub Gemma 3: one optimiser step, the loss on replies only, adapters on disk."""
from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from llm.cache import WeightsError
from llm.low_rank import thin_products
from llm.prompt import TEMPLATE_HASH, VERDICT_PLACE
from llm.weights import WeightsInfo

ADAPTER = "adapter.lora.h5"
MANIFEST = "adapter_manifest.json"
_CLIP = 1.0  # greatest norm of a step's gradient


@dataclass(frozen=True)
class Manifest:
    """What an adapter was trained on and with; it fits only these weights and this template."""

    preset: str
    weights: str
    vocabulary: str
    template: str
    rank: int
    targets: tuple[str, ...]
    passages: bool
    data: str
    flags: dict[str, object] = field(default_factory=dict)
    figures: dict[str, object] = field(default_factory=dict)
    notice: str = ""


def enable_lora(model: Any, rank: int, targets: tuple[str, ...]) -> None:
    """Freeze ``model`` and add LoRA kernels to its layers named ``targets``; before anything is traced."""
    model.backbone.enable_lora(rank, target_layer_names=list(targets))


def load_adapter(model: Any, folder: Path, info: WeightsInfo) -> Manifest:
    """Give ``model`` (whose weights are ``info``) the adapter of ``folder``; before anything is traced.

    Raises WeightsError when there is none, or it belongs to other weights or another prompt.
    """
    manifest = read_manifest(folder)
    check_manifest(manifest, info, folder)
    enable_lora(model, manifest.rank, manifest.targets)
    try:
        model.backbone.load_lora_weights(str(folder / ADAPTER))
    except (OSError, KeyError, ValueError) as error:
        raise WeightsError(f"No se pudo leer {folder / ADAPTER} ({error}). Entrena otra vez.") from error
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest beside an adapter. Raises WeightsError when it is missing or broken."""
    try:
        data = json.loads((folder / MANIFEST).read_text("utf-8"))
        return Manifest(**{**data, "targets": tuple(data["targets"])})
    except FileNotFoundError as error:
        raise WeightsError(f"No hay adaptador en {folder}. Entrénalo con «python -m llm train».") from error
    except (ValueError, TypeError, KeyError) as error:
        raise WeightsError(f"{folder / MANIFEST} no se entiende ({error}). Entrena otra vez.") from error


def check_manifest(manifest: Manifest, info: WeightsInfo, folder: Path) -> None:
    """Raise WeightsError unless the adapter was made for these weights and today's prompt."""
    ours = {"weights": info.weights, "vocabulary": info.vocabulary, "template": TEMPLATE_HASH}
    names = {"weights": "los pesos", "vocabulary": "el vocabulario", "template": "la plantilla de la pregunta"}
    wrong = [names[key] for key, value in ours.items() if getattr(manifest, key) != value]
    if wrong:
        raise WeightsError(
            f"El adaptador de {folder} se entrenó con otra cosa: {', '.join(wrong)}. "
            f"Entrena otra vez con «python -m llm train --preset {info.preset}»."
        )


def save_adapter(model: Any, manifest: Manifest, folder: Path) -> None:
    """Write the adapter and then its manifest into ``folder``, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"draft-{ADAPTER}"
    model.backbone.save_lora_weights(str(draft))
    _halve(draft)
    draft.replace(folder / ADAPTER)
    text = folder / f"draft-{MANIFEST}"
    text.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n", "utf-8")
    text.replace(folder / MANIFEST)


def _halve(path: Path) -> None:
    """Keep the kernels of an adapter file in half precision: half the size, the same answers."""
    import h5py

    with h5py.File(path, "r") as file:
        values: dict[str, Any] = {}
        file.visititems(lambda name, item: values.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    with h5py.File(path, "w") as file:
        for name, value in values.items():
            file[name] = value.astype("float16") if value.ndim else value


class Trainer:
    """Steps of AdamW on the LoRA kernels of ``model``. Only the places that predict the reply go
    through the output layer, which is most of a small model's work."""

    def __init__(self, model: Any, rank: int, targets: tuple[str, ...], schedule: Any) -> None:
        import keras
        import tensorflow as tf

        enable_lora(model, rank, targets)
        thin_products(model)
        self.model = model
        self.variables = model.backbone.trainable_variables
        self.optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.0, global_clipnorm=_CLIP)
        self.optimizer.build(self.variables)
        signature = [batch_signature()]
        # Shapes left open: one trace serves every batch, where each would cost half a minute.
        self._step = tf.function(self._train, input_signature=signature)
        self._measure = tf.function(self._evaluate, input_signature=signature)

    def step(self, batch: dict[str, Any]) -> float:
        """One optimiser step; the loss (nats a token) before it."""
        return float(self._step(batch))

    def measure(self, batch: dict[str, Any]) -> tuple[float, float, float]:
        """Sum of the loss, sum of the weights, and how many verdicts are right."""
        loss, weight, right = self._measure(batch)
        return float(loss), float(weight), float(right)

    @property
    def state(self) -> list[Any]:
        """Every variable that changes in training, in a fixed order."""
        return [*self.variables, *self.optimizer.variables]

    def _train(self, batch: Any) -> Any:
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in self.variables])
            losses, _ = self._losses(batch)
            loss = tf.reduce_sum(losses) / tf.reduce_sum(batch["weights"])
        gradients = tape.gradient(loss, [variable.value for variable in self.variables])
        self.optimizer.apply(gradients, self.variables)
        return loss

    def _evaluate(self, batch: Any) -> Any:
        import tensorflow as tf

        losses, logits = self._losses(batch)
        guessed = tf.argmax(logits[:, VERDICT_PLACE], axis=-1, output_type=tf.int32)
        right = tf.cast(guessed == batch["targets"][:, VERDICT_PLACE], tf.float32)
        return tf.reduce_sum(losses), tf.reduce_sum(batch["weights"]), tf.reduce_sum(right)

    def _losses(self, batch: Any) -> Any:
        import tensorflow as tf

        backbone = self.model.backbone
        hidden = backbone({"token_ids": batch["token_ids"], "padding_mask": batch["padding_mask"]}, training=True)
        hidden = tf.gather(hidden, batch["places"], batch_dims=1)
        logits = tf.cast(backbone.token_embedding(hidden, reverse=True), tf.float32)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(batch["targets"], logits)
        return losses * batch["weights"], logits


def batch_signature() -> dict[str, Any]:
    import tensorflow as tf

    integers = ("token_ids", "padding_mask", "places", "targets")
    signature = {name: tf.TensorSpec((None, None), tf.int32) for name in integers}
    return signature | {"weights": tf.TensorSpec((None, None), tf.float32)}
