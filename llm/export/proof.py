"""Is an export the same model? Said by the engines that will serve it."""
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llm.export.peer import PeerError, run_peer
from llm.export.reference import REFERENCE
from llm.prompt import END

_CHECKS = {
    "ids": "los mismos tokens",
    "template": "la misma plantilla de conversación",
    "ends": "los mismos finales",
    "first": "el mismo token preferido en cada lugar",
    "reply": "la misma respuesta voraz",
}
_TOLERANCE = 1e-4  # of the greatest logit


@dataclass(frozen=True)
class Agreement:
    """A greedy reply of KerasHub and another engine's: ``same`` characters from the beginning of ``ours``."""

    ours: str
    theirs: str
    same: int

    @property
    def whole(self) -> bool:
        return self.ours == self.theirs


def prove_folder(folder: Path, reference: Path) -> list[str]:
    """What transformers makes of an exported folder beside what KerasHub wrote into ``reference``, in Spanish.

    Raises PeerError when they differ, or there is no transformers.
    """
    rows = run_peer("compare", folder, reference)
    difference, scale = (max(row[name] for row in rows) for name in ("difference", "scale"))
    said = [f"logits: diferencia máxima {difference:.1e} (el mayor mide {scale:.1f})"]
    said += [f"{text}: {sum(row[check] for row in rows)} de {len(rows)}" for check, text in _CHECKS.items()]
    if difference > scale * _TOLERANCE or not all(row[check] for row in rows for check in ("ids", "template", "ends")):
        raise PeerError(f"Lo exportado no es el mismo modelo en transformers: {'; '.join(said)}")
    return said


def prove_gguf(gguf: Path, reference: Path, sentencepiece: Path) -> list[Agreement]:
    """The greedy replies of llama.cpp beside those in ``reference``.

    Raises PeerError when it reads other tokens, or its chat template asks something else.
    """
    rows = json.loads((reference / REFERENCE).read_text("utf-8"))
    answers = run_peer("llama", gguf, reference)
    for row, answer in zip(rows, answers, strict=True):
        if answer["read"] != len(row["ids"]) or answer["turn"] != answer["reply"]:
            raise PeerError(f"llama.cpp no lee lo mismo: {answer['read']} tokens en vez de {len(row['ids'])}")
    ours = [_text(row["reply"], sentencepiece) for row in rows]
    return [agreement(text, answer["reply"]) for text, answer in zip(ours, answers, strict=True)]


def agreement(ours: str, theirs: str) -> Agreement:
    """How far two replies are the same."""
    pairs = zip(ours, theirs)
    same = next((place for place, (mine, other) in enumerate(pairs) if mine != other), min(len(ours), len(theirs)))
    return Agreement(ours, theirs, same)


def _text(tokens: list[int], sentencepiece: Path) -> str:
    from sentencepiece import SentencePieceProcessor

    reader: Any = SentencePieceProcessor(model_file=str(sentencepiece))
    return str(reader.decode(tokens)).removesuffix(END)
