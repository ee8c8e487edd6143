"""The office's documents as passages, and what is said about faulty ones."""
from __future__ import annotations

from pathlib import Path

import pytest

from rules.facts import DocumentsError, load_documents, read_documents
from rules.headers import seen_in
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
        ("citable: no", "citables: no", 20, "clave desconocida «citables»"),
        ("Estaba en pagos.uam.mx.\n", "", 16, "no tiene texto"),
        ("fuentes: S2", "fuentes: S9", 19, "fuente «S9»"),
        ("citable: no", "citable: falso", 20, "«citable» del hecho H1.02 sólo puede ser sí o no"),
        ("citable: no", "citable: No.", 20, "dice «No.»"),
        ("respaldo: secundario", "respaldo: seguro", 18, "no puede ser «seguro»"),
        ("respaldo: secundario", "respaldo: Segundario", 18, "no puede ser «Segundario»"),
        ("respaldo: secundario", "respaldo: secundario, visto en", 18, "no puede ser"),
        ("respaldo: secundario", "respaldo:", 18, "le falta «respaldo»"),
        ("respaldo: secundario", "respaldo: secundario\nrespaldo: verificado", 19, "dos veces la clave «respaldo»"),
        ("respaldo: secundario", "Respaldo: secundario", 18, "clave desconocida «Respaldo»"),
        ("citable: no\n\n", "\ncitable: no\n", 21, "quedó dentro del texto"),
        ("fuentes: S2\ncitable: no\n", "citable: no\n\nfuentes: S2\n", 21, "quedó dentro del texto"),
        ("revisado: 2026-11-22", "revisado: 2026-02-31", 3, "no existe en el calendario"),
        ("revisado: 2026-11-22", "revisado: 31/02/2026", 3, "el formato es AAAA-MM-DD"),
        ("revisado: 2026-11-22", "revisado:", 3, "«revisado» del encabezado está vacía"),
        ("revisado: 2026-11-22", "revisada: 2026-11-22", 3, "clave desconocida «revisada»"),
        ("revisado: 2026-11-22", "tema: Otro", 3, "dos veces la clave «tema»: ya está en el renglón 2"),
        ("revisado: 2026-11-22", "esto no va", 3, "no es una clave con su valor"),
        ("2026-11-22\n---\n", "2026-11-22\n", 1, "se abre con --- y no se cierra"),
        ("---\ntema: Pagos", "tema: Pagos", 1, "un encabezado que no empieza con --- en el primer renglón"),
        ("---\ntema: Pagos", "\n---\ntema: Pagos", 2, "un encabezado que no empieza con --- en el primer renglón"),
        ("---\ntema: Pagos\nrevisado: 2026-11-22", "", 2, "un encabezado que no empieza con ---"),
        ("## H1.02", "## H1.2", 16, "La clave «H1.2» está mal escrita: lleva letra mayúscula, número de tema, punto y dos"),
        ("## H1.02", "## H01.02", 16, "La clave «H01.02» está mal escrita"),
        ("## H1.02", "## h1.02", 16, "La clave «h1.02» está mal escrita"),
        ("## H1.02", "## H1.1", 16, "La clave «H1.1» está mal escrita"),
        ("Estaba en", "| uso | precio |\n|---|---|\n| casa | 10 |\n\nEstaba en", 22, "lleva una tabla"),
        ("Estaba en", "uso | precio\n--- | ---:\ncasa | 10\n\nEstaba en", 23, "lleva una tabla"),
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


def test_what_is_allowed_is_said(tmp_path: Path) -> None:
    text = TEXT.replace("secundario", "seguro").replace("revisado:", "autor:").replace("citable:", "mostrar:")
    author, backing, shown = (problem.mend for problem in read_documents(folder_with(tmp_path, text)).problems)
    assert "Usa sólo tema, revisado" in author and "Usa sólo ambito, respaldo, fuentes, citable" in shown
    assert "Usa verificado, secundario o conocimiento general" in backing


def test_case_counts_in_no_value(tmp_path: Path) -> None:
    text = TEXT.replace("secundario", "Secundario, visto en AZC").replace("citable: no", "citable: No")
    passage = load_documents(folder_with(tmp_path, text)).passages[1]
    assert (passage.backing, passage.citable) == ("secundario, visto en AZC", False)


def test_a_bar_or_a_line_of_hyphens_is_no_table(tmp_path: Path) -> None:
    text = TEXT.replace("Estaba en", "El horario es lunes | viernes.\n\n---\n\n- Estaba en")
    assert load_documents(folder_with(tmp_path, text)).passages


def test_the_key_that_is_proposed_is_a_free_one_and_examples_are_the_office_s_own(tmp_path: Path) -> None:
    text = TEXT.replace("H1.0", "A3.0").replace("## A3.02", "## A3.1")
    [taken] = read_documents(folder_with(tmp_path, text)).problems
    assert "«A3.01»; esa ya está en" in taken.mend and "01-pagos.md:7" in taken.mend
    [malformed] = read_documents(folder_with(tmp_path, text.replace("## A3.1", "## A3.2"))).problems
    assert malformed.mend == "Escríbela «A3.02»"
    [unkeyed] = read_documents(folder_with(tmp_path, text.replace("## A3.1 ", "## "))).problems
    assert "«## A3.01 Título corto»" in unkeyed.mend


def test_a_backing_may_say_where_else_it_was_read(tmp_path: Path) -> None:
    text = TEXT.replace("secundario", "conocimiento general, visto en AZC, XOC y UAM-I")
    assert seen_in(load_documents(folder_with(tmp_path, text)).passages[1].backing) == ("AZC", "XOC", "UAM-I")


def test_a_document_may_do_without_a_header_or_annotate_it(tmp_path: Path) -> None:
    bare = load_documents(folder_with(tmp_path, TEXT.partition("---\n# ")[2]))
    assert bare.passages[0].topic == "01-pagos"
    assert load_documents(folder_with(tmp_path, TEXT.replace("revisado", "# por la caja\n\nrevisado"))).passages


@pytest.mark.parametrize(
    ("sources", "line", "column", "says"),
    [
        ("S1:\n  titulo: [x,\n  y\n", 2, 11, "corchete"),
        ("", 1, 1, "No hay fuentes"),
        ("- S1:\n    titulo: Guía\n", 1, 1, "No hay fuentes"),
        ("S1: x\nS2: {titulo: y}", 1, 1, "no tiene «titulo»"),
        ("S1: {titulo: x}\nS2:\n  titulo: y\n  notas: z\n", 4, 3, "clave desconocida «notas»"),
        (SOURCES + "S1:\n  titulo: otra\n", 7, 1, "«S1» está dos veces"),
        (SOURCES.replace("https://", ""), 3, 8, "«cse.izt.uam.mx» no es una url válida: debe empezar con http"),
        (SOURCES.replace("Guía", "“Guía”"), 2, 11, "En «titulo» de la fuente «S1», el texto está entre comillas “ ”"),
        (SOURCES.replace("https://cse.izt.uam.mx", "“https://cse.izt.uam.mx”"), 3, 8, "está entre comillas “ ”"),
    ],
)
def test_a_fault_of_the_list_of_sources_is_told_once_and_not_by_each_fact(
    tmp_path: Path, sources: str, line: int, column: int, says: str
) -> None:
    folder = folder_with(tmp_path, sources=sources)
    [problem] = read_documents(folder).problems
    position = problem.position
    assert (Path(position.file).name, position.line, position.column) == ("fuentes.yml", line, column)
    assert says in problem.message
    with pytest.raises(DocumentsError, match=f"fuentes.yml:{line}:{column}"):
        load_documents(folder)


def test_a_missing_list_of_sources_is_one_problem(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    (folder / "fuentes.yml").unlink()
    [problem] = read_documents(folder).problems
    assert Path(problem.position.file).name == "fuentes.yml" and "No se puede abrir" in problem.message


def test_a_source_that_the_list_lacks_is_told_where_it_is_first_cited(tmp_path: Path) -> None:
    [problem] = read_documents(folder_with(tmp_path, sources="S1: {titulo: x}\n")).problems
    assert (problem.position.line, problem.position.column) == (10, 1)
    assert "H1.01 cita la fuente «S2», que no existe; también otro hecho" in problem.message


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentsError, match=r"no hay documentos.*\(CSE_DOCUMENTS\)"):
        read_documents(tmp_path)
