"""Each check: its own examples, and where and how it speaks."""
from __future__ import annotations

import re
import shutil
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from nlu.thin import THIN_BELOW
from rules.__main__ import load_context
from rules.book import load_rule_book
from rules.checks import CHECKS, Check, run_checks, summary, summary_table
from rules.locations import ROOT
from rules.office import load_office
from rules.problems import ERROR, WARNING, Problem
from tests.rules_books import DOCUMENTS, OFFICE, OTHER, TODAY, VARIANTS, book_text, context_of, found, problems_of, rule


def example(check: Check, label: str) -> str | None:
    lines = textwrap.dedent("\n" + (check.__doc__ or "").partition("\n")[2])
    match = re.search(rf"^{label}:\n((?:    .*\n|\n)+)", lines, re.MULTILINE)
    return textwrap.dedent(match[1]) if match else None


def as_book(snippet: str) -> str:
    """An example is a whole file, a list of rules that differ, or the keys of one rule."""
    if snippet.startswith("tema:"):
        return snippet
    if snippet.startswith("- "):
        return book_text(*(rule(i, **changes) for i, changes in enumerate(yaml.load(snippet, yaml.BaseLoader))))
    changed = {line.split(":")[0] for line in snippet.splitlines() if line[0] != " "}
    kept = book_text(rule(**dict.fromkeys(changed, "(quitar)")))
    lines = [line for line in snippet.splitlines() if "(quitar)" not in line]
    if "id" in changed:
        return kept.replace("- preguntas:", "- " + "\n  ".join(lines) + "\n  preguntas:")
    return kept + textwrap.indent("\n".join(lines), "  ") + "\n"


WITH_EXAMPLES = [check for check in CHECKS if example(check, "Falla")]


@pytest.mark.parametrize("check", WITH_EXAMPLES, ids=lambda check: check.id)
def test_the_examples_in_the_guide_are_true(check: Check, tmp_path: Path) -> None:
    good, bad = as_book(example(check, "Pasa") or ""), as_book(example(check, "Falla") or "")
    assert check.id not in {p.check for p in problems_of(tmp_path / "pasa", libro=good)}
    assert check.id in {p.check for p in problems_of(tmp_path / "falla", libro=bad)}


def test_the_table_in_the_staff_guide_is_the_one_generated_from_the_checks() -> None:
    guide = (ROOT / "rules/LEEME.md").read_text(encoding="utf-8")
    assert summary_table() in guide, f"pega esto en rules/LEEME.md:\n{summary_table()}"


def test_every_check_has_its_own_name_and_a_summary() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    assert all(summary(check).endswith((".", ")")) and check.level in (ERROR, WARNING) for check in CHECKS)


def test_a_good_rule_has_no_problem(tmp_path: Path) -> None:
    assert problems_of(tmp_path, libro=book_text(rule())) == []


HEAD = "tema: Pagos\nreglas:\n"
GOOD = """\
  - id: buena
    preguntas: ["perros azules", "lluvia en marzo", "zapatos", "el cometa Halley", "guitarra"]
    respuesta: Confírmalo en la CSE.
    fuente: Guía
    hechos: [H4.03]
    ambito: UAM-I
    revisada: 2026-11-22
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "check", "says"),
    [
        ("id: buena", "id: Búena", 3, "formato_id", "«Búena»"),
        ("    fuente: Guía\n", "", 3, "falta_clave", "le falta «fuente»"),
        ("    respuesta: Confírmalo en la CSE.\n", "", 3, "falta_clave", "le falta «respuesta»"),
        ("fuente: Guía", "fuente: ''", 6, "vacio", "«fuente» está vacía"),
        ("fuente: Guía", "fuente:", 6, "vacio", "«fuente» está vacía"),
        ("hechos: [H4.03]", "hechos: []", 7, "vacio", "«hechos» está vacía"),
        ("fuente: Guía", "fuente: [Guía]", 6, "tipo_de_dato", "debe ser un texto, y es una lista"),
        ("hechos: [H4.03]", "hechos: H4.03", 7, "tipo_de_dato", "debe ser una lista, y es un texto"),
        ("ambito: UAM-I", "ambito: UAM-I\n    hecho: [H4.03]", 9, "clave_desconocida", "¿Quisiste decir «hechos»?"),
        ("ambito: UAM-I", "ambito: uam-i", 8, "ambito_desconocido", "¿Quisiste decir «UAM-I»?"),
        ("ambito: UAM-I", "ambito: UAM-I\n    ambito: UAM", 9, "clave_repetida", "«ambito» está dos veces"),
        ("2026-11-22", "22/11/2026", 9, "fecha_invalida", "AAAA-MM-DD"),
        ("2026-11-22", "2026-02-29", 9, "fecha_invalida", "no existe en el calendario"),
        ("2026-11-22", "2026-11-23", 9, "revisada_futura", "en el futuro"),
        ("2026-11-22", "2026-11-21\n    vigente_hasta: 2026-01-30", 10, "vigencia_invertida", "anterior"),
        ("2026-11-22", "2025-11-21", 9, "revision_antigua", "hace 366 días"),
        ("2026-11-22", "2026-01-01\n    vigente_hasta: 2026-11-21", 10, "vencida", "venció el 2026-11-21"),
        ("2026-11-22", "2026-11-22\n    relacionadas: [otra]", 10, "relacionada_desconocida", "«otra»"),
        ("2026-11-22", "2026-11-22\n    relacionadas: [buena]", 10, "relacionada_desconocida", "a sí misma"),
        ("2026-11-22", "2026-11-22\n    url: ftp://cse.izt.uam.mx", 10, "url_invalida", "https://"),
        ("2026-11-22", "2026-11-22\n    no_es: ['Zapatos?']", 10, "pregunta_excluida", "«Zapatos?»"),
        ("H4.03", "H4.98", 7, "hecho_desconocido", "van de H4.01 a H4.14"),
        ("[H4.03]", "[H4.03, H4.03]", 7, "elemento_repetido", "dos veces en «hechos»"),
        ("zapatos", "ZAPATOS\", \"zapatos", 4, "variante_redundante", "igual que «ZAPATOS»"),
        ("zapatos", "zapatos\", \"zapatos", 4, "pregunta_repetida", "dos veces en esta regla"),
        ("zapatos", "zapatos\", \"", 4, "vacio", "elemento vacío en «preguntas»"),
        ("id: buena", "id: buena\n    tipo: oficiall", 4, "tipo_desconocido", "¿Quisiste decir «oficial»?"),
        ("en la CSE.", "en la CSE." + " a" * 800, 5, "respuesta_larga", "1621 caracteres"),
        ("zapatos", "zapatos" + " a" * 500, 4, "pregunta_larga", "1007 caracteres"),
        ("id: buena", "id: buena\n    urgente: yes", 4, "urgente_invalido", "sólo puede ser sí o no, y dice «yes»"),
        ("ambito: UAM-I", "ambito: UAM-I\n    relacionadas: [buenas]", 9, "relacionada_desconocida", "«buenas». Corrige el id"),
        ("fuente: Guía", "fuente:", 6, "vacio", "no puede faltar"),
        ("2026-11-22", "2026–11–22", 9, "fecha_invalida", "escríbela 2026-11-22"),
        ("[H4.03]", "[H4.03 H4.02]", 7, "hecho_desconocido", "[H4.03, H4.02]"),
        ("[H4.03]", "[h4.03]", 7, "hecho_desconocido", "¿Quisiste decir «H4.03»?"),
        ("[H4.03]", "[H4.3]", 7, "hecho_desconocido", "La clave de hecho «H4.3» está mal escrita"),
        ("[H4.03]", "[H04.03]", 7, "hecho_desconocido", "¿Quisiste decir «H4.03»?"),
        ("[H4.03]", "[reglamento]", 7, "hecho_desconocido", "se escribe como H1.01"),
        ("fuente: Guía", "fuente: Guía #3", 6, "texto_cortado", "queda «Guía», sin «#3»"),
        ("en la CSE.", "en la ventanilla #3 de la CSE", 5, "texto_cortado", "sin «#3 de la CSE»"),
        ("respuesta: Confírmalo", "respuesta:\n      Confírmalo\n      - aquí", 6, "renglones_unidos", "«respuesta: |»"),
        ("fuente: Guía", "fuente: “Guía”", 6, "comillas_sueltas", "entre comillas “ ”"),
        ("fuente: Guía", "fuente: Guía\"", 6, "comillas_sueltas", "termina con una comilla"),
        ("fuente: Guía", "fuente: GuÃ\xada", 6, "texto_danado", "«GuÃ\xada»"),
        ("fuente: Guía", "fuente: Gu\ufffda", 6, "texto_danado", "carácter perdido"),
        ("Guía", "Guía, llama al 55 1234 5678", 6, "dato_sin_hecho", "El teléfono «55 1234 5678» de «fuente»"),
        ("perros azules", "¿Por qué cuesta 350 pesos?", 4, "dato_sin_hecho", "de la primera pregunta"),
    ],
)
def test_a_fault_is_named_at_its_line(
    tmp_path: Path, old: str, new: str, line: int, check: str, says: str
) -> None:
    text = HEAD + GOOD
    assert old in text
    problems = problems_of(tmp_path, libro=text.replace(old, new, 1))
    assert (check, "libro.yml", line) in found(problems)
    assert any(says in p.as_text() for p in problems if p.check == check)
    # An expired answer warns besides; nothing else may be said about an otherwise good rule.
    assert {p.check for p in problems} - {"vencida"} == {check} - {"vencida"}


QUESTIONS = """\
tema: Pagos
reglas:
  - id: buena
    preguntas:
      - "perros azules"
      - "lluvia en marzo"
      - "el cometa Halley"
      - "guitarra"
      - zapatos rojos
"""


@pytest.mark.parametrize(
    ("question", "line", "column", "check", "says"),
    [
        ("      - la ventanilla #3 cierra\n", 10, 23, "texto_cortado", "queda «la ventanilla», sin «#3 cierra»"),
        ("      - hola que\n        tal\n", 10, 9, "renglones_unidos", "«hola que tal»"),
        ("      - hola\n          - adios\n", 10, 9, "renglones_unidos", "alinea los guiones"),
        ("        - adios\n", 9, 9, "renglones_unidos", "«zapatos rojos - adios»"),
        ("      - “jardín botánico”\n", 10, 9, "comillas_sueltas", "YAML no quita"),
        ("      - jardín botánico\"\n", 10, 9, "comillas_sueltas", "no se abrió"),
    ],
)
def test_a_badly_written_question_is_named_at_its_place(
    tmp_path: Path, question: str, line: int, column: int, check: str, says: str
) -> None:
    text = QUESTIONS + question + GOOD.partition("guitarra\"]\n")[2]
    [problem] = [p for p in problems_of(tmp_path, libro=text) if p.check != "pocas_preguntas"]
    assert (problem.check, problem.position.line, problem.position.column) == (check, line, column)
    assert says in problem.as_text()


@pytest.mark.parametrize(
    "question",
    [
        '"la ventanilla #3 cierra" # nota', "se paga en la caja#3", "“Aula virtual” no abre", '"uno\n        y dos"',
        'el "kárdex"',
    ],
)
def test_a_question_written_with_care_has_no_problem(tmp_path: Path, question: str) -> None:
    text = QUESTIONS + f"      - {question}\n" + GOOD.partition("guitarra\"]\n")[2]
    assert problems_of(tmp_path, libro=text) == []


def test_a_key_swallowed_by_the_answer_is_shown_where_it_stands(tmp_path: Path) -> None:
    answer = "respuesta: |\n      Confírmalo en la CSE.\n        relacionadas: [otra]\n      no_es:\n        - \"x\""
    problems = problems_of(tmp_path, libro=HEAD + GOOD.replace("respuesta: Confírmalo en la CSE.", answer))
    assert [(p.check, p.position.line, p.position.column) for p in problems] == [
        ("clave_tragada", 7, 9), ("clave_tragada", 8, 7),
    ]  # fmt: skip
    assert "«relacionadas:» tiene sangría de más" in problems[0].message


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ("Se entrega en Av. Melchor Ocampo, junto al banco. Confírmalo en la CSE.", ["Melchor", "Ocampo"]),
        ("Pregunta por la licenciada Robles en la CSE.", ["Robles"]),
        ("Confírmalo en la CSE de la UAM Iztapalapa.\n- Lleva copia.\n- «Original» también: Siempre.", []),
    ],
)
def test_a_name_that_no_source_says_is_told(tmp_path: Path, answer: str, named: list[str]) -> None:
    told = [p for p in problems_of(tmp_path, reglas=book_text(rule(respuesta=answer))) if p.check == "nombre_sin_fuente"]
    assert [p.message.split("«")[1].split("»")[0] for p in told] == named
    assert all(p.level == WARNING for p in told)


def test_a_thin_book_is_told_once_with_the_rules_to_begin_with(tmp_path: Path) -> None:
    few = [rule(), rule(1), rule(2, preguntas=OTHER[1][:3])]
    context = replace(context_of(tmp_path, libro=book_text(*few)), thin_below=THIN_BELOW)
    [problem] = [p for p in run_checks(context) if p.check == "libro_delgado"]
    assert (problem.level, problem.position.line) == (WARNING, 1)
    assert "4.3 preguntas por regla: con menos de 8" in problem.message
    assert "empieza por «regla_2»" in problem.mend and "«python -m nlu suggest»" in problem.mend


def test_a_book_with_enough_questions_or_one_that_can_t_be_read_is_not_called_thin(tmp_path: Path) -> None:
    enough = book_text(rule(preguntas=[*VARIANTS, *OTHER[0]]))
    context = replace(context_of(tmp_path / "a", libro=enough), thin_below=THIN_BELOW)
    assert run_checks(context) == []
    context = replace(context_of(tmp_path / "b", libro=book_text(rule()), roto="a: ["), thin_below=THIN_BELOW)
    assert {p.check for p in run_checks(context)} == {"yaml"}


def test_a_book_without_its_list_of_rules_is_told_so(tmp_path: Path) -> None:
    [problem] = problems_of(tmp_path, libro="tema: Pagos\n" + GOOD)
    assert problem.check == "yaml" and "le falta el renglón «reglas:»" in problem.mend


def test_files_that_nobody_reads_are_named(tmp_path: Path) -> None:
    rules, documents = tmp_path / "rules", tmp_path / "documents"
    shutil.copytree(DOCUMENTS, documents)
    rules.mkdir()
    (rules / "herramienta").mkdir()
    for name in ("pagos.YML", "pagos.yml.txt", "pagos.docx", "LEEME.md", "x.py", ".DS_Store", "b.yml~"):
        (rules / name).touch()
    for name in ("30-nuevo.MD", "30-nuevo.txt", "30-nuevo.markdown", "30-nuevo.docx"):
        (documents / name).touch()
    (rules / "viejas").mkdir()
    (rules / "herramienta/__init__.py").touch()
    (rules / "libro.yml").write_text(book_text(rule()), encoding="utf-8")
    problems = run_checks(load_context(rules, documents, OFFICE))
    strays = {Path(p.position.file).name for p in problems if p.check == "archivo_ignorado" and p.level == WARNING}
    assert strays == {"pagos.YML", "pagos.yml.txt", "pagos.docx", "viejas", "30-nuevo.MD", "30-nuevo.txt",
                      "30-nuevo.markdown", "30-nuevo.docx"}  # fmt: skip


LIBRARY = ROOT / "tests/system/library"


@pytest.mark.parametrize(
    ("rules", "documents", "profile", "sign"),
    [
        (LIBRARY / "rules", DOCUMENTS, OFFICE, "ninguno de los hechos"),
        (ROOT / "rules", LIBRARY / "documents", OFFICE, "ninguno de los hechos"),
        (ROOT / "rules", DOCUMENTS, LIBRARY / "oficina.yml", "ninguno de los ámbitos de las reglas"),
        (None, DOCUMENTS, LIBRARY / "oficina.yml", "ninguno de los ámbitos de los documentos"),
    ],
)
def test_settings_of_two_offices_are_told_before_what_comes_of_them(
    tmp_path: Path, rules: Path | None, documents: Path, profile: Path, sign: str
) -> None:
    (tmp_path / "charla.yml").write_text(book_text(rule(tipo="charla", hechos="(quitar)", ambito="(quitar)")), encoding="utf-8")
    first, *others = run_checks(load_context(rules or tmp_path, documents, profile))
    assert first.check == "oficinas_mezcladas" and sign in first.message and len(others) > 2
    assert all(str(path.name) in first.message for path in (rules or tmp_path, documents, profile))
    assert all(setting in first.mend for setting in ("CSE_RULES", "CSE_DOCUMENTS", "CSE_OFFICE"))


def test_facts_and_scopes_that_are_only_misspelt_are_no_other_office(tmp_path: Path) -> None:
    slips = [rule(0, hechos=["H99.01"]), rule(1, ambito="uam-i"), rule(2, hechos=["h4.3"], ambito="uam")]
    assert "oficinas_mezcladas" not in {p.check for p in problems_of(tmp_path, libro=book_text(*slips))}


@pytest.mark.parametrize("question", ["sí", "No.", "ok, gracias", "¡Hola, buenos días!", "800", "1 500"])
@pytest.mark.parametrize("kind", ["oficial", "sin_dato"])
def test_what_asks_for_nothing_is_no_question_of_a_rule(tmp_path: Path, kind: str, question: str) -> None:
    changes = {} if kind == "oficial" else dict.fromkeys(("fuente", "hechos", "ambito", "revisada"), "(quitar)")
    text = book_text(rule(tipo=kind, preguntas=[*VARIANTS[:-1], question], **changes))
    bare = [p for p in problems_of(tmp_path, libro=text) if p.check == "pregunta_vacia"]
    assert [(p.level, f"«{question}»" in p.message) for p in bare] == [(ERROR, True)]


def test_small_talk_may_answer_a_yes(tmp_path: Path) -> None:
    text = book_text(rule(tipo="charla", preguntas=["sí", "ok", "hola", "gracias", "bueno"], hechos="(quitar)"))
    assert "pregunta_vacia" not in {p.check for p in problems_of(tmp_path, libro=text)}


@pytest.mark.parametrize("name", ["fuentes.yaml", "Fuentes.yml.txt"])
def test_a_list_of_sources_with_another_ending_is_given_its_own_name(tmp_path: Path, name: str) -> None:
    rules, documents = tmp_path / "rules", tmp_path / "documents"
    shutil.copytree(DOCUMENTS, documents)
    (documents / "fuentes.yml").rename(documents / name)
    rules.mkdir()
    (rules / "libro.yml").write_text(book_text(rule()), encoding="utf-8")
    problems = run_checks(load_context(rules, documents, OFFICE))
    [stray] = [p for p in problems if p.check == "archivo_ignorado"]
    assert "con el nombre «fuentes.yml»" in stray.mend and "fuentes.yml y los archivos que terminan en .md" in stray.message


def test_a_rule_is_not_blamed_for_a_key_that_a_document_writes_badly(tmp_path: Path) -> None:
    rules, documents = tmp_path / "rules", tmp_path / "documents"
    shutil.copytree(DOCUMENTS, documents)
    document = documents / "04-reinscripcion.md"
    document.write_text(document.read_text(encoding="utf-8").replace("## H4.03 ", "## H4.3 "), encoding="utf-8")
    rules.mkdir()
    (rules / "libro.yml").write_text(book_text(rule()), encoding="utf-8")
    [problem] = [p for p in run_checks(load_context(rules, documents, OFFICE)) if p.level == ERROR]
    assert (problem.check, problem.mend) == ("documentos", "Escríbela «H4.03»")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("Tarda 48 días hábiles.", "«48 días»"), ("Tarda media hora.", "«media hora»"),
        ("Tarda entre 48 y 72 horas y es gratis.", "«gratis»"), ("Son quinientos.", "«quinientos»"),
        ("Tarda entre 48 y 72 horas.", None), ("No sé si es gratis.", None),
    ],
)  # fmt: skip
def test_a_claim_that_no_fact_makes_is_an_error_at_its_place(tmp_path: Path, answer: str, said: str | None) -> None:
    problems = problems_of(tmp_path, libro=book_text(rule(respuesta=answer)))
    assert [p.check for p in problems] == (["dato_sin_hecho"] if said else [])
    for problem in problems:
        assert said and said in problem.message
        assert problem.position.column == len("  respuesta: ") + answer.index(said.strip("«»")) + 1


WATER = """\
---
tema: Agua
revisado: 2026-11-20
---
## A1.01 Pago y corte
ambito: UAM-I
respaldo: verificado
fuentes: S1

El recibo es bimestral y se paga en dos módulos, de lunes a viernes de 8:00 a 15:30; los sábados sólo en el Centro. No se
reciben cheques. El corte es con dos recibos vencidos, y la reconexión tarda 10 días hábiles. Se descuentan los primeros
20 metros cúbicos a mayores de 60 años. Cuesta 2,850 pesos. Correo: atencion@agua.example.
"""


def water_problems(folder: Path, answer: str, **changes: object) -> list[Problem]:
    """What is told of a rule with this answer, whose only fact is that of ``WATER``."""
    shutil.copytree(DOCUMENTS, folder / "documents")
    (folder / "documents/22-agua.md").write_text(WATER, encoding="utf-8")
    text = book_text(rule(respuesta=answer, hechos=["A1.01"], **changes))
    (folder / "libro.yml").write_text(text, encoding="utf-8")
    context = replace(load_context(folder, folder / "documents", OFFICE), today=TODAY, thin_below=0)
    return [problem for problem in run_checks(context) if problem.position.file.endswith("libro.yml")]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("El corte es con tres recibos vencidos.", "tres recibos"), ("Se paga en tres módulos.", "tres módulos"),
        ("Tarda 10 días naturales.", "10 días naturales"), ("Tarda 10 días.", "10 días"),
        ("Los primeros 20 litros.", "20 litros"),
        ("El recibo es mensual.", "mensual"), ("Se paga cada mes.", "cada mes"), ("Se reciben cheques.", "Se reciben cheques"),
        ("Escribe a atención@agua.example.", "atención@agua.example"), ("Se reconecta el mismo día.", "el mismo día"),
        ("Se reconecta al día siguiente.", "al día siguiente"), ("Se reconecta de inmediato.", "de inmediato"),
        ("Abren hasta el mediodía.", "mediodía"), ("Abren de lunes a sábado.", "lunes a sábado"),
    ],
)  # fmt: skip
def test_one_changed_fact_is_one_error_at_its_place(tmp_path: Path, answer: str, told: str) -> None:
    [problem] = water_problems(tmp_path, answer)
    assert (problem.check, problem.level) == ("dato_sin_hecho", ERROR)
    assert f"«{told}» de la respuesta no está en los hechos de la regla (A1.01)" in problem.message
    assert problem.position.column == len("  respuesta: ") + answer.index(told) + 1


@pytest.mark.parametrize(
    "answer",
    [
        "Se paga cada dos meses, en 2 módulos.", "Abren de 8 am a 3:30 pm, de lunes a viernes.", "A mayores de sesenta años.",
        "Cuesta $2,850.00.", "Tarda diez días hábiles; si pasan esos 10 días, escribe a ATENCION@agua.example.",
        "Hay un recibo por cada bimestre; lleva las dos hojas a una caja.", "No se reciben cheques.",
    ],
)  # fmt: skip
def test_a_fact_in_other_words_has_no_problem(tmp_path: Path, answer: str) -> None:
    assert water_problems(tmp_path, answer) == []


def test_the_question_of_a_button_may_ask_what_is_not_so(tmp_path: Path) -> None:
    asked = "¿El recibo es mensual y se reciben cheques el mismo día?"
    assert water_problems(tmp_path, "El recibo es bimestral.", preguntas=[asked, *OTHER[0]]) == []


def test_data_of_the_profile_that_no_document_states_are_told(tmp_path: Path) -> None:
    text = (ROOT / "data/oficina.yml").read_text(encoding="utf-8")
    text = text.replace("aviso: Es práctica publicada por Azcapotzalco", "aviso: Lo dice Azcapotzalco al 55 1234 5678")
    text = text.replace("sin_respuesta: No lo sé", "sin_respuesta: Escribe a nadie@otra.example o ven a las 18:45. No lo sé")
    text = text.replace("ventanilla de la Coordinación", "ventanilla, Calle 987, de la Coordinación")
    office = tmp_path / "oficina.yml"
    office.write_text(text, encoding="utf-8")
    problems = run_checks(replace(context_of(tmp_path / "libro", libro=book_text(rule())), office=load_office(office)))
    told = [p for p in problems if p.check == "perfil_sin_hecho"]
    lines = text.splitlines()
    for problem, datum in zip(told, ("55 1234 5678", "nadie@otra.example", "18:45", "987"), strict=True):
        assert problem.level == WARNING and f"«{datum}»" in problem.message
        assert lines[problem.position.line - 1][problem.position.column - 1 :].startswith(datum)
    assert "«ambitos» › «AZC» › «aviso»" in told[0].message and "«donde_preguntar» › «general»" in told[3].message


def test_a_date_of_the_title_of_a_fact_s_source_may_stand_in_the_source(tmp_path: Path) -> None:
    assert problems_of(tmp_path, libro=book_text(rule(fuente="Notas (10-feb-2026)", hechos=["H3.01", "H4.03"]))) == []
    problems = problems_of(tmp_path, libro=book_text(rule(fuente="Notas (11-feb-2026)", hechos=["H3.01", "H4.03"])))
    assert [p.check for p in problems] == ["dato_sin_hecho"]


@pytest.mark.parametrize("damage", ["S2: [\n", "(falta)"])
def test_what_is_wrong_with_the_sources_is_told_alone(tmp_path: Path, damage: str) -> None:
    """Nor do the rules whose source or address that list would confirm get an error."""
    documents = tmp_path / "documents"
    shutil.copytree(DOCUMENTS, documents)
    sources = documents / "fuentes.yml"
    if damage == "(falta)":
        sources.unlink()
    else:
        sources.write_text(damage, encoding="utf-8")
    dated = rule(fuente="Notas (10-feb-2026)", hechos=["H3.01", "H4.03"])
    linked = rule(1, url="https://cseuami.org/index.php/prorroga-lic", hechos=["H8.02"], respuesta="Confírmalo en la CSE.")
    (tmp_path / "libro.yml").write_text(book_text(dated, linked), encoding="utf-8")
    context = replace(load_context(tmp_path, documents, OFFICE), today=TODAY)
    [problem] = [p for p in run_checks(context) if p.level == ERROR]
    assert (problem.check, Path(problem.position.file).name) == ("documentos", "fuentes.yml")


def test_scopes_and_dates_of_documents_are_held_against_the_office_and_today(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    shutil.copytree(DOCUMENTS, documents)
    text = (documents / "04-reinscripcion.md").read_text(encoding="utf-8")
    text = text.replace("visto en AZC y XOC", "visto en AZC y XOX", 1).replace("ambito: XOC", "ambito: XOX", 1)
    (documents / "04-reinscripcion.md").write_text(text.replace("2026-11-22", "2999-11-22"), encoding="utf-8")
    (tmp_path / "libro.yml").write_text(book_text(rule()), encoding="utf-8")
    context = load_context(tmp_path, documents, OFFICE)
    told = [(p.position.line, p.position.column, p.message) for p in run_checks(context) if p.check == "documentos"]
    assert [line for line, _, _ in told] == [3, 9, 22]
    assert "está en el futuro" in told[0][2] and all("«XOX»" in message for _, _, message in told[1:])


def test_dates_on_the_edge_are_accepted(tmp_path: Path) -> None:
    text = book_text(rule(revisada="2025-11-22", vigente_hasta="2026-11-22"))
    assert problems_of(tmp_path, libro=text) == []


def test_a_number_is_shown_at_its_line_inside_the_answer(tmp_path: Path) -> None:
    text = HEAD + GOOD.replace("respuesta: Confírmalo en la CSE.",
        "respuesta: |\n      Tarda.\n\n      Son 48 o 24 horas.")
    [problem] = problems_of(tmp_path, libro=text)
    assert (problem.position.line, problem.position.column) == (8, 16)
    assert "«24»" in problem.message and "H4.03" in problem.message


@pytest.mark.parametrize(
    ("word", "urgent"),
    [
        ("Sí", True), ("SI", True), ("SÍ", True), ("si\u0301", True), ("True", True), ("true", True), ("NO", False),
        ("False", False),
    ],
)  # fmt: skip
def test_urgent_is_read_in_any_case_and_accent(tmp_path: Path, word: str, urgent: bool) -> None:
    assert problems_of(tmp_path, libro=book_text(rule()) + f"  urgente: {word}\n") == []
    assert load_rule_book(tmp_path).rules[0].urgent is urgent


@pytest.mark.parametrize("word", ["sip", "s", "1", "on", "Yes", "sí no", "'sí '", "claro"])
def test_what_is_neither_yes_nor_no_is_refused(tmp_path: Path, word: str) -> None:
    [problem] = problems_of(tmp_path, libro=book_text(rule()) + f"  urgente: {word}\n")
    assert problem.check == "urgente_invalido" and "sólo puede ser sí o no" in problem.message


def test_a_list_is_no_urgent_value(tmp_path: Path) -> None:
    [problem] = problems_of(tmp_path, libro=book_text(rule()) + "  urgente: [sí]\n")
    assert "debe ser un texto, y es una lista" in problem.message


@pytest.mark.parametrize("kind", ["charla", "sin_dato"])
def test_an_unsupported_figure_is_an_error_in_every_type_of_rule(tmp_path: Path, kind: str) -> None:
    text = book_text(rule(tipo=kind, hechos="(quitar)", respuesta="Pregunta en la CSE al 55 1234 5678."))
    assert {p.check for p in problems_of(tmp_path, libro=text)} == {"dato_sin_hecho"}


def test_what_may_not_be_quoted_supports_nothing(tmp_path: Path) -> None:
    text = book_text(rule(hechos=["H2.02"], respuesta="Entra a iquizayan.uam.mx:8443/sae/izt."))
    [problem] = problems_of(tmp_path, libro=text)
    assert problem.check == "dato_sin_hecho" and "no se puede citar" in problem.message


def test_the_mend_names_the_fact_that_states_the_figure(tmp_path: Path) -> None:
    [problem] = problems_of(tmp_path, libro=book_text(rule(respuesta="Son 480 horas.")))
    assert "H15.02" in problem.mend


@pytest.mark.parametrize(
    ("url", "facts", "accepted"),
    [
        ("https://cse.izt.uam.mx", ["H1.04"], True),
        ("https://cseuami.org/index.php/prorroga-lic", ["H8.02"], True),  # where the fact's source stands
        ("https://cse.izt.uam.mx/otra", ["H1.04"], False),
        ("https://ejemplo.com", ["H1.04"], False),
    ],
)
def test_the_address_of_a_rule_stands_in_its_facts_or_is_their_source(
    tmp_path: Path, url: str, facts: list[str], accepted: bool
) -> None:
    problems = problems_of(tmp_path, libro=book_text(rule(url=url, hechos=facts)))
    assert {p.check for p in problems} == (set() if accepted else {"dato_sin_hecho"})


def test_the_same_question_in_two_files_names_the_other_place(tmp_path: Path) -> None:
    first = book_text(rule(preguntas=["¿Cómo pago la anualidad?", *OTHER[0]]))
    second = book_text(rule(1, preguntas=["hola, cmo pago la anualidad porfa", *OTHER[1]]))
    [problem] = problems_of(tmp_path, a=first, b=second)
    assert problem.check == "pregunta_repetida" and Path(problem.position.file).name == "b.yml"
    assert "«regla_0»" in problem.message and "a.yml:5:5" in problem.message


def test_the_same_id_in_two_files_names_the_other_place(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, a=book_text(rule()), b=book_text(rule(1, id="regla_0")))
    [problem] = problems
    assert problem.check == "id_repetido" and "a.yml:3:7" in problem.message
    assert Path(problem.position.file).name == "b.yml"


def test_emoji_questions_are_compared_as_they_are(tmp_path: Path) -> None:
    text = book_text(rule(preguntas=["👍", *OTHER[0]]), rule(1, preguntas=["👎", *OTHER[1]]))
    assert problems_of(tmp_path, libro=text) == []


def test_close_questions_are_settled_by_no_es(tmp_path: Path) -> None:
    near, far = "¿Cuándo pago la anualidad de la carrera?", "¿Cuánto pago de la anualidad de la carrera?"
    rules = rule(preguntas=[near, *OTHER[0]]), rule(1, preguntas=[far, *OTHER[1]])
    [problem] = problems_of(tmp_path, libro=book_text(*rules))
    assert problem.check == "preguntas_cercanas" and problem.level == WARNING and "«regla_1»" in problem.message
    assert problems_of(tmp_path, libro=book_text({**rules[0], "no_es": [far]}, rules[1])) == []


@pytest.mark.parametrize(
    ("answer", "warned"),
    [
        ("No lo sé.", True),
        ("Las fuentes de la oficina no lo dicen.", True),
        ("No lo sé: pregunta en Servicios Escolares.", False),
        ("No lo sé; consúltalo en becas.uam.mx.", False),
    ],
)
def test_a_rule_without_data_says_where_to_ask(tmp_path: Path, answer: str, warned: bool) -> None:
    problems = problems_of(tmp_path, libro=book_text(rule(tipo="sin_dato", hechos=["H15.04"], respuesta=answer)))
    assert [p.check for p in problems] == (["sin_donde_preguntar"] if warned else [])


def test_the_office_s_places_to_ask_and_buttons_fit_the_book(tmp_path: Path) -> None:
    book = book_text(rule())
    office = tmp_path / "oficina.yml"
    text = (ROOT / "data/oficina.yml").read_text(encoding="utf-8").split("donde_preguntar:")[0]
    office.write_text(text + (
        "donde_preguntar:\n  general: Pregunta.\n  Pagos: En la caja.\n  Pago: En la caja.\n"
        "temas_rapidos:\n  - {titulo: Depósito, mensaje: ¿cuanto tarda en verse el deposito?}\n"
        "  - titulo: Ajeno\n    mensaje: ¿Hay eclipse?\n"
    ), encoding="utf-8")  # fmt: skip
    context = context_of(tmp_path / "libro", libro=book)
    problems = run_checks(replace(context, office=load_office(office)))
    start = text.count("\n")
    assert found(problems) == {
        ("tema_desconocido", "oficina.yml", start + 4), ("boton_sin_respuesta", "oficina.yml", start + 8),
    }
    assert all(problem.level == WARNING for problem in problems) and "«Pagos»" in problems[0].mend
    broken = context_of(tmp_path / "libro", libro=book, roto="tema: [")
    assert [problem.check for problem in run_checks(replace(broken, office=load_office(office)))] == ["yaml"]
