"""``python -m llm export``: the model with its adapter merged, in another engine's format, and the proof of it."""
from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llm import gemma_packages
from llm.cache import WeightsError, new_folder
from llm.export.folder import SENTENCEPIECE, write_folder
from llm.export.gguf_file import write_gguf
from llm.export.merge import merge_adapter
from llm.export.proof import Agreement, prove_folder, prove_gguf
from llm.export.reference import write_reference
from llm.lora import MANIFEST, load_adapter
from llm.weights import NOTICE, describe, load_model, load_whole, whole_folder

HUGGING_FACE = "hf"
FORMATS = {HUGGING_FACE: "", "gguf": "q8_0", "gguf-f16": "f16"}
"""What ``--format`` takes, and how a GGUF file keeps its matrices."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Export:
    """What to export and where to. ``folder`` must not exist; ``adapter`` None: the base model;
    ``cropped``: with the Spanish vocabulary only; ``prove``: compare with the engine that will serve it."""

    folder: Path
    preset: str
    adapter: Path | None
    form: str = HUGGING_FACE
    cropped: bool = False
    prove: bool = False


def export(options: Export, say: Say = print) -> None:
    """Write what ``options`` ask for into its folder, whole or not at all.

    Raises WeightsError (no weights, an adapter of others, the folder exists, a full disk) and PeerError
    (the proof failed, or .venv-peer isn't there; then nothing is written).
    """
    if options.folder.exists():
        raise WeightsError(f"{options.folder} ya existe. Bórrala o da otra carpeta.")
    info = describe(options.preset)
    model = load_model(options.preset) if options.cropped else load_whole(options.preset)
    if options.adapter:
        load_adapter(model, options.adapter, info)
    with new_folder(options.folder) as draft, tempfile.TemporaryDirectory(dir=draft.parent) as work:
        _write(model, options, draft, Path(work), say)
        _write_notices(options, draft)
    say(f"Listo: {options.folder}")


def _write(model: Any, options: Export, draft: Path, work: Path, say: Say) -> None:
    reference, plain = work / "reference", draft if options.form == HUGGING_FACE else work / "folder"
    for folder in (reference, plain):
        folder.mkdir(exist_ok=True)
    if options.prove:  # before merging: the proof is against the model as the service runs it
        say("Calculo con KerasHub lo que debe salir…")
        write_reference(model, reference)
    say(f"Capas con el adaptador fundido: {merge_adapter(model)}")
    write_folder(model, plain)
    if options.form != HUGGING_FACE:
        _write_gguf(options, plain, draft, reference, say)
    elif options.prove:
        _say_all(say, "En transformers:", prove_folder(plain, reference))


def _write_gguf(options: Export, plain: Path, draft: Path, reference: Path, say: Say) -> None:
    kind = FORMATS[options.form]
    target = draft / f"modelo-{kind}.gguf"
    write_gguf(plain, target, kind)
    if options.prove:
        agreements = prove_gguf(target, reference, plain / SENTENCEPIECE)
        _say_all(say, f"En llama.cpp ({kind}):", [_told(agreement) for agreement in agreements])


def _told(agreement: Agreement) -> str:
    if agreement.whole:
        return f"la misma respuesta: «{agreement.ours}»"
    return (
        f"se separan tras {agreement.same} letras: KerasHub «{agreement.ours}», "
        f"llama.cpp «{agreement.theirs}»"
    )


def _say_all(say: Say, title: str, lines: list[str]) -> None:
    say("\n  ".join([title, *lines]))


def _write_notices(options: Export, draft: Path) -> None:
    """The licence goes with the weights, and the manifest with what the adapter changed."""
    (draft / "NOTICE").write_text(f"{NOTICE}\n", "utf-8")
    sources = [whole_folder(options.preset) / name for name in gemma_packages.NOTICES]
    if options.adapter:
        sources.append(options.adapter / MANIFEST)
    for source in sources:
        if source.is_file():
            shutil.copy(source, draft / source.name)
