"""SentencePiece vocabularies: built from a list of pieces, and cut down to some of them."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6
SPACE = "\u2581"


@dataclass(frozen=True)
class Piece:
    """A token: its text (spaces as U+2581), its merge score (higher merges first), and its kind
    as SentencePiece numbers them."""

    text: str
    score: float
    kind: int = NORMAL


def build_model(pieces: Sequence[Piece]) -> bytes:
    """A serialised BPE model with byte fallback whose ids are the places in ``pieces``.

    ``<pad>``, ``<eos>`` and ``<bos>`` must be among them.
    """
    from sentencepiece import sentencepiece_model_pb2 as schema

    model = schema.ModelProto()
    for piece in pieces:
        model.pieces.add(piece=piece.text, score=piece.score, type=piece.kind)
    place = {piece.text: index for index, piece in enumerate(pieces)}
    trainer = model.trainer_spec
    trainer.model_type = schema.TrainerSpec.BPE
    trainer.vocab_size = len(pieces)
    trainer.byte_fallback = True
    trainer.unk_id = next(index for index, piece in enumerate(pieces) if piece.kind == UNKNOWN)
    trainer.pad_id, trainer.eos_id, trainer.bos_id = place["<pad>"], place["<eos>"], place["<bos>"]
    _keep_spaces(model.normalizer_spec)
    return bytes(model.SerializeToString())


def _keep_spaces(normalizer: object) -> None:
    normalizer.name = "identity"  # type: ignore[attr-defined]
    normalizer.add_dummy_prefix = False  # type: ignore[attr-defined]
    normalizer.remove_extra_whitespaces = False  # type: ignore[attr-defined]
    normalizer.escape_whitespaces = True  # type: ignore[attr-defined]


def read_pieces(model: bytes) -> list[Piece]:
    """The pieces of a serialised model, in the order of their ids."""
    from sentencepiece import sentencepiece_model_pb2 as schema

    proto = schema.ModelProto.FromString(model)
    return [Piece(piece.piece, piece.score, piece.type) for piece in proto.pieces]


def crop_model(model: bytes, ids: Iterable[int]) -> bytes:
    """``model`` with only the pieces ``ids``, in that order; everything else stays as it was."""
    from sentencepiece import sentencepiece_model_pb2 as schema

    proto = schema.ModelProto.FromString(model)
    kept = [proto.pieces[index] for index in ids]
    del proto.pieces[:]
    proto.pieces.extend(kept)
    trainer = proto.trainer_spec
    trainer.vocab_size = len(kept)
    place = {piece.piece: index for index, piece in enumerate(kept)}
    trainer.pad_id, trainer.eos_id, trainer.bos_id = place["<pad>"], place["<eos>"], place["<bos>"]
    trainer.unk_id = place["<unk>"]
    return bytes(proto.SerializeToString())


def merges(word: str, scores: dict[str, float]) -> list[str]:
    """Every piece that BPE passes through when it reads ``word``, the last ones included."""
    parts = list(word)
    seen = [part for part in parts if part in scores]
    while len(parts) > 1:
        best = max(range(len(parts) - 1), key=lambda at: scores.get(parts[at] + parts[at + 1], -float("inf")))
        joined = parts[best] + parts[best + 1]
        if joined not in scores:
            break
        parts[best : best + 2] = [joined]
        seen.append(joined)
    return seen
