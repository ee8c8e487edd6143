"""Check the rules and train Rasa, when something that the model learns from has changed."""
from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from nlu.calibration import write_atomically
from nlu.decision import Decider
from nlu.sources import matcher_files
from rules.book import rule_files
from rules.locations import ROOT, Locations
from server.preparation import RASA_PYTHON, LaunchError, child_environment

_KEPT_MODELS = 3


def train(force: bool = False) -> None:
    """Check the rules and the facts on which they rest; then train, unless the newest model already knows
    all this. A faulty rule book changes nothing.

    Raises:
        LaunchError: the rules or the documents have errors, or Rasa could not train.
    """
    places = Locations.from_environment()
    # Before the stamp: the documents are not learned, but an answer may contradict a fact that changed.
    print("Reviso las reglas…", flush=True)
    if subprocess.run([sys.executable, "-m", "rules", "check", str(places.rules)], cwd=ROOT).returncode:
        raise LaunchError("Las reglas tienen errores (arriba está cada uno). Corrígelos y repite: no se entrenó nada")
    stamp, stamp_file = _stamp(places), places.models / "trained.sha256"
    if not force and stamp_file.is_file() and stamp_file.read_text("utf-8") == stamp and newest_model(places.models):
        return
    print("Calibro y entreno (un libro grande tarda uno o varios minutos)…", flush=True)
    start = time.monotonic()
    Decider.load(places)
    _run_rasa_train(places.models)
    write_atomically(stamp_file, stamp.encode())
    _forget_old_models(places.models)
    print(f"Entrenado en {time.monotonic() - start:.0f} s.", flush=True)


def newest_model(models: Path) -> Path | None:
    """The model file that Rasa would load, if there is one."""
    return max(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, default=None)


def _run_rasa_train(models: Path) -> None:
    log = ROOT / ".run" / "logs" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        command = [str(RASA_PYTHON), "-m", "rasa", "train", "--out", str(models)]
        done = subprocess.run(command, cwd=ROOT, env=child_environment({}), stdout=output, stderr=subprocess.STDOUT)
    if done.returncode:
        tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])
        raise LaunchError(f"Rasa no pudo entrenar. Fin de {log.relative_to(ROOT)}:\n{tail}")


def _stamp(places: Locations) -> str:
    digest = hashlib.sha256(places.encoder.encode())
    for path in _learned_from(places):
        digest.update(str(path.name).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _learned_from(places: Locations) -> Iterator[Path]:
    """Every file that training reads, in a fixed order."""
    yield from rule_files(places.rules)
    yield from sorted((ROOT / "data" / "dialogue").glob("*.yml"))
    yield from matcher_files()
    fixed = (places.office, places.out_of_scope, places.judged_turns)
    yield from (path for path in (*fixed, ROOT / "config.yml", ROOT / "domain.yml") if path.is_file())


def _forget_old_models(models: Path) -> None:
    newest_first = sorted(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[_KEPT_MODELS:]:
        old.unlink(missing_ok=True)
