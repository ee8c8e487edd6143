"""The office's documents as passages, and what is said about faulty ones."""
from __future__ import annotations

from pathlib import Path

import pytest

from rules.facts import DocumentsError, load_documents, read_documents
from rules.locations import ROOT

TEXT = """\
---
tema: Pagos
revisado: 2026-11-22
---
# Pagos

## H1.01 Cómo se paga
ambito: UAM
respaldo: verificado
fuentes: S1, S2

Se paga en línea.

Y en el banco.

## H1.02 Dirección vieja
ambito: UAM-I
respaldo: secundario
fuentes: S2
citable: no

Estaba en pagos.uam.mx.
"""
SOURCES = 'S1:\n  titulo: Guía\n  url: https://cse.izt.uam.mx\nS2:\n  titulo: "Otra"\n  nota: antigua\n'


def folder_with(folder: Path, text: str = TEXT, sources: str = SOURCES) -> Path:
    (folder / "01-pagos.md").write_text(text, encoding="utf-8")
    (folder / "README.md").write_text("## No es un pasaje\n", encoding="utf-8")
    (folder / "fuentes.yml").write_text(sources, encoding="utf-8")
    return folder


def test_a_passage_carries_everything_about_the_fact(tmp_path: Path) -> None:
    documents = load_documents(folder_with(tmp_path))
    first, second = documents.passages
    assert (first.id, first.title, first.topic, first.scope) == ("H1.01", "Cómo se paga", "Pagos", "UAM")
    assert first.backing == "verificado" and first.sources == ("S1", "S2") and first.line == 7
    assert first.text == "Se paga en línea.\n\nY en el banco." and first.citable
    assert second.text == "Estaba en pagos.uam.mx." and not second.citable
    assert documents.by_id["H1.02"] is second and documents.urls(first) == ("https://cse.izt.uam.mx",)


def test_the_own_documents_are_free_of_faults() -> None:
    documents = load_documents(ROOT / "data/documents")
    assert len(documents.passages) >= 190 and len(documents.by_id) == len(documents.passages)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("## H1.02", "## H1.01", 16, "ya existe en"),
        ("## H1.02 ", "## ", 16, "no tiene clave"),
        ("ambito: UAM-I\n", "", 16, "le falta «ambito»"),
        ("citable: no", "citables: no", 16, "clave desconocida «citables»"),
        ("Estaba en pagos.uam.mx.\n", "", 16, "no tiene texto"),
        ("fuentes: S2", "fuentes: S9", 16, "fuente «S9»"),
        ("citable: no", "citable: falso", 16, "«citable» del hecho H1.02 sólo puede ser sí o no"),
        ("citable: no", "citable: No.", 16, "dice «No.»"),
        ("## H1.02", "##H1.02", 16, "está mal escrito"),
        ("## H1.02", "### H1.02", 16, "está mal escrito"),
        ("## H1.02", "# H1.02", 16, "está mal escrito"),
        ("## H1.02", "  ## H1.02", 16, "está mal escrito"),
        ("## H1.02", "##\xa0H1.02", 16, "está mal escrito"),
        ("Dirección vieja", "DirecciÃ³n vieja", 16, "«DirecciÃ³n»"),
        ("Dirección vieja", "Direcci\ufffdn vieja", 16, "carácter perdido"),
        ("## H1.02", "=======\n>>>>>>> otra\n## H1.02", 17, "conflicto de git"),
    ],
)
def test_faults_are_named_with_their_place(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in TEXT
    folder = folder_with(tmp_path, TEXT.replace(old, new))
    problems = read_documents(folder).problems
    assert [(p.position.line, says in p.message) for p in problems] == [(line, True)]
    with pytest.raises(DocumentsError, match=f"01-pagos.md:{line}"):
        load_documents(folder)


def test_a_fact_of_doubtful_citable_is_not_shown(tmp_path: Path) -> None:
    documents = read_documents(folder_with(tmp_path, TEXT.replace("citable: no", "citable: falso")))
    assert not documents.by_id["H1.02"].citable


def test_a_document_without_a_fact_is_a_problem(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    (folder / "02-vacio.md").write_text("", encoding="utf-8")
    [problem] = read_documents(folder).problems
    assert problem.position.file.endswith("02-vacio.md") and "ningún hecho" in problem.message


def test_a_broken_list_of_sources_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    assert read_documents(folder_with(tmp_path, sources="S1: [")).problems
    assert read_documents(folder_with(tmp_path, sources="S1: x\nS2: {titulo: y}")).problems


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentsError, match="no hay documentos"):
        read_documents(tmp_path)
