"""Write the replies to many prompts with one model, in batches, and keep them on disk.

A killed run goes on where it was, and scoring again costs nothing.
"""
from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from llm.cache import sha256_of
from llm.decoding import MAX_NEW
from llm.engine import Choice
from llm.lora import ADAPTER
from llm.weights import describe


@dataclass(frozen=True)
class ModelId:
    """All on which a model's replies depend. ``adapter`` is the SHA-256 of its file ("": none)."""

    preset: str
    weights: str
    vocabulary: str
    adapter: str
    dtype: str
    new_tokens: int = MAX_NEW

    @classmethod
    def of(cls, choice: Choice, dtype: str) -> ModelId:
        """What ``choice`` is in ``dtype``. Raises WeightsError without weights, OSError without the adapter's file."""
        info = describe(choice.preset)
        digest = sha256_of(choice.adapter / ADAPTER) if choice.adapter else ""
        return cls(choice.preset, info.weights, info.vocabulary, digest, dtype)

    @property
    def key(self) -> str:
        """A short name for it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


# Gives (prompt, reply) for each prompt: see llm.engine.Engine.complete.
Complete = Callable[[Sequence[str]], Iterable[tuple[str, str]]]


class ReplyFile:
    """Replies by prompt in a JSON-lines file of one model; each is on disk as soon as it is added."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.replies: dict[str, str] = {}
        if path.is_file():
            self.replies = dict(_pairs(path.read_text("utf-8")))
            _end_last_line(path)

    def add(self, prompt: str, reply: str) -> None:
        """Keep ``reply``."""
        self.replies[prompt] = reply
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"prompt": prompt, "reply": reply}, ensure_ascii=False) + "\n")


def write_missing(prompts: Iterable[str], kept: ReplyFile, load: Callable[[], Complete], title: str) -> None:
    """Write the replies to the ``prompts`` that ``kept`` lacks with what ``load`` gives (not
    called when none is lacking), with a progress bar named ``title``."""
    missing = [prompt for prompt in dict.fromkeys(prompts) if prompt not in kept.replies]
    if not missing:
        return
    from tqdm import tqdm

    interval = 0.5 if sys.stderr.isatty() else 30  # s; a log file needs few lines
    with tqdm(total=len(missing), desc=title, unit="respuesta", mininterval=interval) as bar:
        for prompt, reply in load()(missing):
            kept.add(prompt, reply)
            bar.update()


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """The kept pairs; a line that a kill cut short is passed over."""
    for line in text.splitlines():
        try:
            data = json.loads(line)
        except ValueError:
            continue
        yield data["prompt"], data["reply"]


def _end_last_line(path: Path) -> None:
    """What is added next must not continue a line that was cut short."""
    text = path.read_bytes()
    if text and not text.endswith(b"\n"):
        path.write_bytes(text + b"\n")
