"""Where converted weights are kept, outside the repository, and how a folder gets there whole or not at all."""
from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_BLOCK = 1 << 20  # bytes read at a time
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class WeightsError(ValueError):
    """Weights or an adapter can't be had or don't match; the message says how to mend it."""


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """``CSE_CACHE``, or ``~/.cache/chatbot-cse``."""
    env = os.environ if environ is None else environ
    return Path(env.get("CSE_CACHE") or "~/.cache/chatbot-cse").expanduser()


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """An empty folder beside ``target`` that becomes ``target`` when the block ends well.

    Raises WeightsError when the disk is full or the place can't be written to; what was half
    written is removed. A folder that another process finished meanwhile is left as it is.
    """
    with disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        with disk_errors(target):
            yield draft
            draft.chmod(0o755)
            if not target.exists():
                draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def disk_errors(target: Path) -> Iterator[None]:
    """Say in one sentence what an OSError while writing ``target`` means (raises WeightsError)."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise WeightsError(f"No cabe en el disco: {target}. Libera espacio o cambia CSE_CACHE.") from error
        if isinstance(error, PermissionError):
            raise WeightsError(f"No se puede escribir en {target}. Cambia los permisos o CSE_CACHE.") from error
        raise


def need_room(folder: Path, size: int) -> None:
    """Raise WeightsError unless the disk of ``folder`` has ``size`` bytes free."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < size:
        raise WeightsError(
            f"No cabe en el disco: {folder} necesita {size / 1e9:.1f} GB y hay {free / 1e9:.1f} GB. "
            "Libera espacio o cambia CSE_CACHE."
        )


def sha256_of(*paths: Path) -> str:
    """The SHA-256 of the files' contents, one after the other, in hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()
