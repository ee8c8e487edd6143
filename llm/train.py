"""LoRA fine-tuning on the office's pairs: ``python -m llm train``.

A killed run goes on where its last checkpoint was; it stops early when validation gets no better.
"""
from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from llm import checkpoint as checkpoints
from llm.cache import WeightsError, sha256_of
from llm.checkpoint import Checkpoint, Progress, Values
from llm.curve import write_curve
from llm.examples import Example, encode_pair, fitting, pad, plan
from llm.framework import best_dtype
from llm.lora import Manifest, Trainer, save_adapter
from llm.pairs import read_pairs
from llm.prompt import TEMPLATE_HASH
from llm.weights import DEFAULT_PRESET, WeightsInfo, describe, load_model
from rules.locations import ROOT

TARGETS = ("query", "key", "value", "attention_output", "ffw_gating", "ffw_gating_2", "ffw_linear")
_PATIENCE = 4  # measures without a better validation loss before the run ends
_WARMUP = 0.05  # share of the steps in which the learning rate rises
_LAST_RATE = 0.1  # share of the learning rate at the end
Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What ``python -m llm train`` is told. ``length`` and ``batch`` in tokens and examples;
    ``checkpoint_every`` and ``measure_every`` in steps (0: twice an epoch)."""

    out: Path = ROOT / "llm/adapters/gemma3_270m_cse"
    work: Path = ROOT / ".run/training/gemma3_270m_cse"
    pairs: Path = ROOT / "data/pairs/train.jsonl"
    validation: Path = ROOT / "data/pairs/validation.jsonl"
    preset: str = DEFAULT_PRESET
    rank: int = 8
    learning_rate: float = 1e-3
    epochs: int = 3
    length: int = 512
    batch: int = 4
    seed: int = 0
    passages: bool = True
    dtype: str = "auto"
    checkpoint_every: int = 50
    measure_every: int = 0
    restart: bool = False


PLAIN = Options(
    out=ROOT / ".run/adapters/gemma3_270m_sin_pasajes",
    work=ROOT / ".run/training/gemma3_270m_sin_pasajes",
    pairs=ROOT / "data/pairs/sin_pasajes/train.jsonl",
    validation=ROOT / "data/pairs/sin_pasajes/validation.jsonl",
    passages=False,
)

TRAIN_HELP = {
    "out": "carpeta del adaptador",
    "work": "carpeta de los puntos de control; una por entrenamiento",
    "pairs": "pares para entrenar",
    "validation": "pares para validar",
    "preset": "modelo base, ya traído con «pull»",
    "rank": "rango de LoRA",
    "learning_rate": "tasa de aprendizaje máxima",
    "epochs": "vueltas a los pares, como máximo",
    "length": "tokens de un ejemplo, como máximo; el que no cabe se omite",
    "batch": "ejemplos por paso",
    "seed": "semilla del orden y de los valores iniciales",
    "dtype": "aritmética: auto, float32 o bfloat16",
    "checkpoint_every": "pasos entre dos puntos de control",
    "measure_every": "pasos entre dos medidas de la validación; 0: dos por vuelta",
}


@dataclass(frozen=True)
class Data:
    """Encoded examples, and the hash of the files they come from."""

    train: list[Example]
    validation: list[Example]
    digest: str


def train(options: Options, say: Say = print) -> Manifest:
    """Train an adapter and write it, its manifest and its loss curve into ``options.out``.

    Raises WeightsError (no weights; an unfinished run of another kind) and ValueError (no pairs
    that fit, or pairs that can't be read).
    """
    if options.restart:
        shutil.rmtree(options.work, ignore_errors=True)
    info = describe(options.preset)
    dtype = best_dtype() if options.dtype == "auto" else options.dtype
    # The kernels themselves stay float32: in bfloat16 Adam's second moment would never decay.
    model = load_model(options.preset, "mixed_bfloat16" if dtype == "bfloat16" else dtype)
    _seed(options.seed)
    data = read_data(options, model.preprocessor.tokenizer)
    say(f"{len(data.train)} ejemplos para entrenar y {len(data.validation)} para validar, en {dtype}.")
    run = Run(options, model, data, identity(options, info, data, dtype))
    run.go(say)
    manifest = _manifest(options, info, data, dtype, run.progress)
    run.use_best()
    save_adapter(model, manifest, options.out)
    write_curve(run.progress.rows, options.out)
    run.finish()
    return manifest


def read_data(options: Options, tokenizer: Any) -> Data:
    """The examples of both files that fit into ``options.length``. Raises ValueError when none do."""
    from sentencepiece import SentencePieceProcessor

    encode = SentencePieceProcessor(model_proto=tokenizer.proto).encode

    def examples(path: Path) -> list[Example]:
        pairs = read_pairs(path)
        start = tokenizer.start_token_id
        encoded = [example for pair in pairs for example in encode_pair(pair, encode, start, options.passages)]
        fit = fitting(encoded, options.length)
        if not fit:
            raise ValueError(f"{path}: ningún par cabe en {options.length} tokens. Revisa el archivo o sube --length.")
        return fit

    return Data(examples(options.pairs), examples(options.validation), sha256_of(options.pairs, options.validation))


def identity(options: Options, info: WeightsInfo, data: Data, dtype: str) -> dict[str, object]:
    """What must be the same for an unfinished run to go on."""
    paths = ("out", "work", "pairs", "validation", "restart", "checkpoint_every")
    flags = {key: value for key, value in asdict(options).items() if key not in paths}
    return flags | {"dtype": dtype, "weights": info.weights, "vocabulary": info.vocabulary,
                    "template": TEMPLATE_HASH, "data": data.digest, "targets": TARGETS}  # fmt: skip


class Run:
    """One run: its trainer, and how far it came."""

    def __init__(self, options: Options, model: Any, data: Data, identity: dict[str, object]) -> None:
        self._options = options
        self._data = data
        self._identity = identity
        self._per_epoch = -(-len(data.train) // options.batch)
        self.total = self._per_epoch * options.epochs
        self._trainer = Trainer(model, options.rank, TARGETS, _schedule(options.learning_rate, self.total))
        self.progress = Progress()
        self._best: Values = _values(self._trainer.variables)
        self._resume()

    def go(self, say: Say) -> None:
        """Train to the end, or until validation gets no better."""
        if self.progress.step:
            say(f"Sigo desde el paso {self.progress.step} de {self.total}.")
        every = self._options.measure_every or max(1, self._per_epoch // 2)
        bar = _bar(self.progress.step, self.total)
        clock = time.monotonic() - self.progress.seconds
        for batch in self._batches():
            self.progress.losses.append(_finite(self._trainer.step(batch)))
            self.progress.step += 1
            self.progress.seconds = time.monotonic() - clock
            bar.update()
            bar.set_postfix(loss=f"{np.mean(self.progress.losses[-20:]):.3f}", refresh=False)
            if self.progress.step % every == 0 or self.progress.step == self.total:
                self._measure(bar)
            if self.progress.step % self._options.checkpoint_every == 0:
                self._save()
            if self.progress.stale >= _PATIENCE:
                say("La validación ya no mejora: termino antes.")
                break
        bar.close()

    def use_best(self) -> None:
        """Put the kernels of the best measure back into the model."""
        for variable, value in zip(self._trainer.variables, self._best, strict=True):
            variable.assign(value)

    def finish(self) -> None:
        """Note that nothing is left to resume."""
        self.progress.done = True
        self._save()

    def _measure(self, bar: Any) -> None:
        validation, verdict = measure(self._trainer, self._data.validation, self._options.batch)
        progress = self.progress
        row = {"step": progress.step, "epoch": round(progress.step / self._per_epoch, 3),
               "seconds": round(progress.seconds, 1), "training": round(float(np.mean(progress.losses)), 4),
               "validation": round(validation, 4), "verdict": round(verdict, 4)}  # fmt: skip
        progress.rows.append(row)
        progress.losses.clear()
        progress.stale += 1
        if validation < progress.best:
            progress.best, progress.stale = validation, 0
            self._best = _values(self._trainer.variables)
        bar.write(f"paso {row['step']}: entrenamiento {row['training']:.3f}, validación {validation:.3f}, "
                  f"pasajes bien juzgados {verdict:.0%}", file=sys.stderr)  # fmt: skip
        self._save()

    def _resume(self) -> None:
        found = checkpoints.load(self._options.work, self._identity)
        if found is None:
            return
        for variable, value in zip(self._trainer.state, found.state, strict=True):
            variable.assign(value)
        self.progress, self._best = found.progress, found.best

    def _save(self) -> None:
        state = Checkpoint(self.progress, _values(self._trainer.state), self._best)
        checkpoints.save(self._options.work, self._identity, state)

    def _batches(self) -> Iterator[Any]:
        """The batches that are left, in their order, prepared while the model works."""
        lengths = [example.length for example in self._data.train]
        first, skip = divmod(self.progress.step, self._per_epoch)
        plans = (plan(lengths, self._options.batch, self._options.seed, epoch)
                 for epoch in range(first, self._options.epochs))  # fmt: skip
        rows = [row for epoch in plans for row in epoch][skip:]
        return iter(dataset([[self._data.train[index] for index in row] for row in rows]))


def measure(trainer: Trainer, examples: list[Example], batch: int) -> tuple[float, float]:
    """The loss (nats a token of the reply) on ``examples``, and the share whose verdict is right."""
    ordered = sorted(examples, key=lambda example: example.length)
    rows = [ordered[at : at + batch] for at in range(0, len(ordered), batch)]
    sums = np.sum([trainer.measure(arrays) for arrays in dataset(rows)], axis=0)
    return float(sums[0] / sums[1]), float(sums[2] / len(examples))


def dataset(rows: list[list[Example]]) -> Any:
    """A ``tf.data`` pipeline of padded batches."""
    import tensorflow as tf

    from llm.lora import batch_signature

    source = tf.data.Dataset.from_generator(lambda: map(pad, rows), output_signature=batch_signature())
    return source.prefetch(2)


def _seed(seed: int) -> None:
    import keras

    keras.utils.set_random_seed(seed)


def _schedule(rate: float, steps: int) -> Any:
    import keras

    warmup = max(1, round(steps * _WARMUP))
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warmup), alpha=_LAST_RATE, warmup_target=rate, warmup_steps=warmup
    )


def _finite(loss: float) -> float:
    if not np.isfinite(loss):
        raise WeightsError("La pérdida dejó de ser un número. Repite con --restart y un --learning-rate menor.")
    return loss


def _bar(done: int, total: int) -> Any:
    from tqdm import tqdm

    interval = 0.5 if sys.stderr.isatty() else 30  # s; a log file needs few lines
    return tqdm(total=total, initial=done, unit="paso", mininterval=interval, desc="Entrenamiento")


def _values(variables: list[Any]) -> Values:
    return [np.array(variable) for variable in variables]


def _manifest(options: Options, info: WeightsInfo, data: Data, dtype: str, progress: Progress) -> Manifest:
    kept = ("rank", "learning_rate", "epochs", "length", "batch", "seed")
    flags = {key: value for key, value in asdict(options).items() if key in kept} | {"dtype": dtype}
    best = min(progress.rows, key=lambda row: row["validation"])
    figures = {"steps": progress.step, "seconds": round(progress.seconds), "examples": len(data.train), "best": best}
    return Manifest(
        preset=info.preset, weights=info.weights, vocabulary=info.vocabulary, template=TEMPLATE_HASH,
        rank=options.rank, targets=TARGETS, passages=options.passages, data=data.digest,
        flags=flags, figures=figures, notice=info.notice,
    )  # fmt: skip
