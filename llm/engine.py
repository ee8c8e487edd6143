"""A model that is ready to write: which one, how it gets there, and text on both sides of it."""
from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llm.cache import WeightsError
from llm.decoding import MAX_PROMPT, Decoder, in_batches, until_stop
from llm.export.merge import merge_adapter
from llm.framework import best_dtype, has_gpu
from llm.lora import load_adapter, read_manifest
from llm.prompt import ANSWERS, END
from llm.weights import DEFAULT_PRESET, describe, is_ready, load_model
from rules.locations import ROOT

log = logging.getLogger(__name__)
GPU_PRESET = "gemma3_instruct_1b"
_ADAPTERS = ROOT / "llm/adapters"
_UNFINISHED = "\ufffd"  # what a letter reads as until all its bytes are there


@dataclass(frozen=True)
class Choice:
    """A model, and the adapter that teaches it to answer from passages (None: the model as it is)."""

    preset: str
    adapter: Path | None


def choose(preset: str = "", adapter: str = "") -> Choice:
    """The model that the settings name, or else the best that this machine is ready for."""
    if preset or adapter:
        named = preset or DEFAULT_PRESET
        return Choice(named, Path(adapter) if adapter else adapter_folder(named))
    if has_gpu():
        larger = Choice(GPU_PRESET, adapter_folder(GPU_PRESET))
        if is_ready(GPU_PRESET) and larger.adapter and larger.adapter.is_dir():
            return larger
        log.warning(
            "Hay GPU para un modelo mayor: «python -m llm pull %s» y «python -m llm train --preset %s --out %s --work "
            ".run/training/%s». Entretanto se usa %s.",
            GPU_PRESET, GPU_PRESET, larger.adapter, GPU_PRESET, DEFAULT_PRESET,
        )  # fmt: skip
    return Choice(DEFAULT_PRESET, adapter_folder(DEFAULT_PRESET))


def adapter_folder(preset: str) -> Path:
    """Where the repository keeps the adapter for ``preset``."""
    return _ADAPTERS / f"{Path(preset.replace('gguf:', 'gemma3_')).name}_cse"


def fetch(choice: Choice) -> None:
    """Have the weights of ``choice`` pulled unless they are here; in a process of its own, which gives
    its gigabytes back. Not without an adapter for them.

    Raises:
        WeightsError: no adapter, or the weights can't be had; the message says how to mend it.
    """
    if choice.adapter:
        read_manifest(choice.adapter)
    if is_ready(choice.preset):
        return
    command = [sys.executable, "-m", "llm", "pull", choice.preset]
    done = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"«pull» terminó con {done.returncode}"])[-1]
        raise WeightsError(last.removeprefix("Error: "))


def load_engine(choice: Choice, dtype: str = "auto") -> Engine:
    """The engine of ``choice``, its adapter merged, in ``dtype`` (auto: the fastest of this machine).

    Raises:
        WeightsError: no weights, no adapter, or one made for other weights or another prompt.
    """
    model = load_model(choice.preset, best_dtype() if dtype == "auto" else dtype)
    if choice.adapter:
        load_adapter(model, choice.adapter, describe(choice.preset))
        merge_adapter(model)
        _switch_off(model)
    return Engine(model)


class Engine:
    """Text in and out of ``model``. ``decoder`` continues tokens; a reply ends at one of ``stops``."""

    def __init__(self, model: Any) -> None:
        from sentencepiece import SentencePieceProcessor

        tokenizer = model.preprocessor.tokenizer
        self._pieces = SentencePieceProcessor(model_proto=tokenizer.proto)  # as in training
        self._start = int(tokenizer.start_token_id)
        self.stops = frozenset({int(tokenizer.end_token_id), int(tokenizer.token_to_id(END))})
        self.decoder = Decoder(model)

    def encode(self, prompt: str) -> list[int]:
        """The tokens of ``prompt``, the start token first."""
        return [self._start, *self._pieces.encode(prompt)]

    def encode_answer(self, prompt: str) -> list[int]:
        """The tokens of ``prompt`` and of a reply that begins by saying that the passage answers."""
        return self.encode(prompt + ANSWERS)

    def fits(self, prompt: str) -> bool:
        """Whether the model takes a prompt so long."""
        return len(self.encode_answer(prompt)) <= MAX_PROMPT

    def text(self, tokens: Sequence[int]) -> str:
        """What ``tokens`` say."""
        return str(self._pieces.decode(list(tokens)))

    def pieces(self, tokens: Iterable[int | None]) -> Generator[str]:
        """The text of growing ``tokens``, piece by piece; "" where nothing new can be read (None)."""
        read: list[int] = []
        shown = ""
        for token in tokens:
            read += [] if token is None else [token]
            # All is read again: a letter may take several tokens, and a space depends on its neighbours.
            whole = self.text(read).rstrip(_UNFINISHED)
            yield whole[len(shown) :]
            shown = whole
        yield self.text(read)[len(shown) :]

    def complete(self, prompts: Sequence[str]) -> Iterator[tuple[str, str]]:
        """(prompt, what follows it) for each of ``prompts``, in batches, those of like length first.

        Raises:
            ValueError: a prompt doesn't fit.
        """
        encoded = [self.encode(prompt) for prompt in prompts]
        for places in in_batches(encoded):
            steps = self.decoder.decode([encoded[place] for place in places])
            for place, reply in zip(places, until_stop(steps, self.stops, len(places)), strict=True):
                yield prompts[place], self.text(reply)


def _switch_off(model: Any) -> None:
    """Stop adding the emptied LoRA products to their kernels at every step."""
    for layer in model.backbone._flatten_layers(include_self=False):
        if getattr(layer, "lora_enabled", False):
            layer.lora_enabled = False
