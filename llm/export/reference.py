"""What KerasHub computes for a few prompts, written down so that another engine can be held to it."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llm.export.tokenizer import end_ids
from llm.pieces import read_pieces
from llm.prompt import render_prompt

REFERENCE = "reference.json"
NEW_TOKENS = 48
_PASSAGES = (
    ("Ventanilla", "La ventanilla de la oficina abre de lunes a viernes, de 10:00 a 15:00 horas, en el edificio B."),
    ("Credencial", "La credencial se repone en tres días hábiles; cuesta $50.00 y se paga en la caja."),
    None,
)
_QUESTIONS = ("¿A qué hora abre la ventanilla?", "perdi mi credencial, cuanto cuesta otra", "¿Quién ganó la liga?")


def prompts() -> list[str]:
    """Prompts as the service renders them, over passages that no office wrote."""
    return [render_prompt(question, passage) for question, passage in zip(_QUESTIONS, _PASSAGES, strict=True)]


def write_reference(model: Any, folder: Path) -> None:
    """Write into ``folder`` what ``model`` makes of each prompt: REFERENCE, a list of its ``text``,
    ``ids``, greedy ``reply`` (ids, the end included; NEW_TOKENS or a few more) and the ``ends``; and
    ``logits_N.npy``, float32 (tokens, vocabulary)."""
    texts, tokenizer = prompts(), model.preprocessor.tokenizer
    ends = end_ids(read_pieces(tokenizer.proto))
    ids = [[tokenizer.start_token_id, *map(int, tokenizer(text))] for text in texts]
    for index, tokens in enumerate(ids):
        np.save(folder / f"logits_{index}.npy", logits(model, tokens))
    replies = _replies(model, texts, ids, ends)
    rows = [
        {"text": text, "ids": tokens, "reply": reply, "ends": ends}
        for text, tokens, reply in zip(texts, ids, replies, strict=True)
    ]
    (folder / REFERENCE).write_text(json.dumps(rows, ensure_ascii=False), "utf-8")


def logits(model: Any, tokens: list[int]) -> NDArray[np.float32]:
    """What ``model`` expects after each of ``tokens``: (tokens, vocabulary)."""
    row = np.array([tokens], dtype=np.int32)
    whole: NDArray[np.float32] = np.asarray(model({"token_ids": row, "padding_mask": np.ones_like(row)}), np.float32)
    first: NDArray[np.float32] = whole[0]
    return first


def _replies(model: Any, texts: list[str], ids: list[list[int]], ends: list[int]) -> list[list[int]]:
    """The ids that ``model`` writes after each text, all in one batch."""
    length = max(map(len, ids)) + NEW_TOKENS
    model.compile(sampler="greedy")
    inputs = model.preprocessor.generate_preprocess(texts, sequence_length=length)
    outputs = np.asarray(model.make_generate_function()(inputs, stop_token_ids=tuple(ends))["token_ids"])
    return [_until(row[len(tokens) :].tolist(), ends) for row, tokens in zip(outputs, ids, strict=True)]


def _until(tokens: list[int], ends: list[int]) -> list[int]:
    stop = next((place + 1 for place, token in enumerate(tokens) if token in ends), len(tokens))
    return tokens[:stop]
