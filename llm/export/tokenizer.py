"""A SentencePiece vocabulary as the fast tokenizer that transformers and vLLM read."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from llm.pieces import CONTROL, NORMAL, SPACE, UNKNOWN, USER_DEFINED, Piece, read_pieces
from llm.prompt import END, START

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    f"{{{{ '{START}' + ('model' if message['role'] == 'assistant' else 'user') + '\\n' }}}}"
    f"{{{{ message['content'] | trim + '{END}\\n' }}}}"
    f"{{% endfor %}}{{% if add_generation_prompt %}}{{{{ '{START}model\\n' }}}}{{% endif %}}"
)
"""Jinja; it renders what ``llm.prompt.render_prompt`` does, after the token that opens every text."""
_TURNS = (START, END)
_BOS, _EOS, _PAD, _UNKNOWN = "<bos>", "<eos>", "<pad>", "<unk>"


def write_tokenizer(model: bytes, folder: Path) -> None:
    """Write ``tokenizer.json`` of the serialised SentencePiece ``model`` into ``folder``."""
    build_tokenizer(read_pieces(model)).save(str(folder / "tokenizer.json"))


def tokenizer_config() -> dict[str, object]:
    """What ``tokenizer_config.json`` says: the class that reads ``tokenizer.json`` as it is, and the chat template."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": _BOS,
        "eos_token": _EOS,
        "pad_token": _PAD,
        "unk_token": _UNKNOWN,
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }


def end_ids(pieces: Sequence[Piece]) -> list[int]:
    """The ids that end a reply: the end of the text and the end of a turn."""
    return [index for index, piece in enumerate(pieces) if piece.text in (_EOS, END)]


def build_tokenizer(pieces: Sequence[Piece]) -> Any:
    """A ``tokenizers.Tokenizer`` that cuts text as SentencePiece cuts it with ``pieces``."""
    from tokenizers import Tokenizer, decoders, models, normalizers

    vocabulary = {piece.text: index for index, piece in enumerate(pieces)}
    bpe = models.BPE(vocabulary, list(_merges(pieces)), unk_token=_UNKNOWN, fuse_unk=True, byte_fallback=True)
    tokenizer = Tokenizer(bpe)
    tokenizer.normalizer = normalizers.Replace(" ", SPACE)
    tokenizer.decoder = decoders.Sequence([decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = _opening(vocabulary[_BOS])
    _add_whole_pieces(tokenizer, pieces)
    return tokenizer


def _opening(bos: int) -> Any:
    from tokenizers.processors import TemplateProcessing

    return TemplateProcessing(single=f"{_BOS} $A", pair=f"{_BOS} $A {_BOS}:1 $B:1", special_tokens=[(_BOS, bos)])


def _add_whole_pieces(tokenizer: Any, pieces: Sequence[Piece]) -> None:
    """Pieces that are found as they stand, before anything is merged."""
    from tokenizers import AddedToken

    special = [piece.text for piece in pieces if piece.kind in (CONTROL, UNKNOWN) or piece.text in _TURNS]
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special])
    plain = [piece.text for piece in pieces if piece.kind == USER_DEFINED and piece.text not in _TURNS]
    # Spaces have become SPACE when a normalised token is looked for.
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=SPACE in text) for text in plain])


def _merges(pieces: Sequence[Piece]) -> Iterator[tuple[str, str]]:
    """Every pair of pieces that makes a third, the one that SentencePiece prefers first."""
    normal = {piece.text for piece in pieces if piece.kind == NORMAL}
    for piece in sorted((p for p in pieces if p.kind == NORMAL), key=lambda p: -p.score):
        for cut in range(len(piece.text) - 1, 0, -1):
            left, right = piece.text[:cut], piece.text[cut:]
            if left in normal and right in normal:
                yield left, right
