"""``python -m server train``: the check comes before everything, also when nothing that is learned has changed."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rules.locations import ROOT, Locations
from server import training
from server.preparation import LaunchError


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the documents, beside a model that already knows the whole book."""
    folder, models = tmp_path / "documents", tmp_path / "models"
    shutil.copytree(ROOT / "data/documents", folder)
    models.mkdir()
    monkeypatch.setenv("CSE_DOCUMENTS", str(folder))
    monkeypatch.setenv("CSE_MODELS", str(models))
    (models / "listo.tar.gz").touch()
    (models / "trained.sha256").write_text(training._stamp(Locations.from_environment()), encoding="utf-8")
    return folder


def test_nothing_is_trained_when_nothing_has_changed(documents: Path, capfd: pytest.CaptureFixture[str]) -> None:
    training.train()
    assert "0 errores" in capfd.readouterr().err
    assert [path.name for path in (documents.parent / "models").glob("*.tar.gz")] == ["listo.tar.gz"]


def test_a_changed_fact_that_an_answer_contradicts_stops_the_start(
    documents: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = documents / "04-reinscripcion.md"
    path.write_text(path.read_text("utf-8").replace("entre 48 y 72 horas", "entre 24 y 36 horas"), encoding="utf-8")
    with pytest.raises(LaunchError, match="Las reglas tienen errores"):
        training.train()
    assert "dato_sin_hecho" in capfd.readouterr().out
