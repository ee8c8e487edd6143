"""The part of Gemma's vocabulary that Spanish needs.

Of 262,144 pieces the 32,768 of ``vocabulary_es.txt`` stay: control pieces, bytes, Latin letters,
punctuation, and the pieces that BPE passes through when it reads frequent Spanish words. Text made
of them is read and written exactly as with the whole vocabulary; anything else falls back to bytes.
"""
from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from llm.framework import hub_models
from llm.pieces import NORMAL, SPACE, Piece, crop_model, merges

SIZE = 32_768
WHOLE_SIZE = 262_144  # of the vocabulary that the ids of VOCABULARY_FILE belong to
VOCABULARY_FILE = Path(__file__).with_name("vocabulary_es.txt")
_BYTES_END = 494  # Gemma's ids below it: control pieces, line ends, spaces, tags, bytes
_LATIN_END = 0x250
_SIGNS = frozenset("–—‘’“”„…•€™−≤≥→✓")
_PER_LINE = 32
# How often a word is met in other forms than « word», against that one.
_CAPITALISED, _AT_START, _UPPER = 0.2, 0.1, 0.02


def choose_ids(pieces: Sequence[Piece], words: Iterable[tuple[str, float]], size: int = SIZE) -> list[int]:
    """The ``size`` ids, ascending, of the pieces that ``words`` ((word, frequency)) need most.

    A piece that builds others weighs at least as much as they do, so what is kept can be built.
    """
    scores = {piece.text: piece.score for piece in pieces if piece.kind == NORMAL}
    weights: defaultdict[str, float] = defaultdict(float)
    for form, weight in _forms(words):
        for text in merges(form, scores):
            weights[text] += weight
    kept = [index for index, piece in enumerate(pieces) if _always(index, piece)]
    rest = set(range(len(pieces))).difference(kept)
    ranked = sorted(rest, key=lambda index: (-weights[pieces[index].text], index))
    spanish = (index for index in ranked if pieces[index].kind == NORMAL)
    return sorted(kept + [index for index, _ in zip(spanish, range(size - len(kept)))])


def _forms(words: Iterable[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    for word, weight in words:
        yield SPACE + word, weight
        yield SPACE + word.capitalize(), weight * _CAPITALISED
        yield word.capitalize(), weight * _AT_START
        yield word, weight * _AT_START
        yield SPACE + word.upper(), weight * _UPPER


def _always(index: int, piece: Piece) -> bool:
    if piece.kind != NORMAL:
        return index < _BYTES_END or not piece.text.startswith("<unused")
    letters = piece.text.replace(SPACE, "")
    if len(letters) <= 1:
        return all(ord(sign) < _LATIN_END or sign in _SIGNS for sign in letters)
    return all(not sign.isalnum() and (ord(sign) < _LATIN_END or sign in _SIGNS) for sign in letters)


def write_ids(ids: Sequence[int], path: Path = VOCABULARY_FILE) -> None:
    """Write ascending ``ids`` as the distances from one to the next."""
    gaps = np.diff(np.array([-1, *ids]))
    lines = [" ".join(map(str, gaps[at : at + _PER_LINE])) for at in range(0, len(gaps), _PER_LINE)]
    draft = path.with_suffix(".tmp")
    draft.write_text("\n".join(lines) + "\n")
    draft.replace(path)


def read_ids(path: Path = VOCABULARY_FILE) -> list[int]:
    """The ids that :func:`write_ids` wrote."""
    gaps = np.array(path.read_text().split(), dtype=np.int64)
    return [int(index) for index in np.cumsum(gaps) - 1]


def vocabulary_hash(path: Path = VOCABULARY_FILE) -> str:
    """16 hexadecimal digits that change when the kept ids do."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def crop(model: Any, ids: Sequence[int]) -> Any:
    """A Gemma3CausalLM that knows only the pieces ``ids`` of ``model``, with the same weights otherwise."""
    models = hub_models()
    whole = model.backbone
    config = whole.get_config() | {"vocabulary_size": len(ids)}
    backbone = models.Gemma3Backbone.from_config(config)
    for mine, theirs in zip(backbone.weights, whole.weights, strict=True):
        values = np.asarray(theirs)
        mine.assign(values[np.asarray(ids)] if theirs.path.startswith("token_embedding") else values)
    tokenizer = models.Gemma3Tokenizer(
        crop_model(model.preprocessor.tokenizer.proto, ids), has_vision_tokens=False
    )
    preprocessor = models.Gemma3CausalLMPreprocessor(tokenizer, image_converter=None)
    return models.Gemma3CausalLM(backbone=backbone, preprocessor=preprocessor)
