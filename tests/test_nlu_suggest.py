"""What staff are told to add: found in real books, turns and logs, each with its figure."""
from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlu.__main__ import main
from nlu.advice.clashes import clashes
from nlu.advice.gains import coverage
from nlu.advice.guarantee import guarantee, still_missing
from nlu.advice.heldout import HeldOut, hold_out
from nlu.advice.promise import promise
from nlu.advice.thin import as_notice, thin
from nlu.advice.turns import AskedTurn, judged_turns, read_log
from nlu.advice.weak import weak_rules
from nlu.calibration import CloseMiss
from nlu.confidence import development_threshold, fewest_turns, proven_threshold
from nlu.decision import Decider
from nlu.encoder import NONE
from nlu.matcher import Matcher
from nlu.questions import Question, QuestionsError
from nlu.suggest import as_report, suggest
from nlu.trace import utc_now
from rules.book import RuleBook
from server.turns import TurnLog, TurnRecord
from tests.nlu_books import VARIANTS, book_of, entry, school_entries, write_book


def held(folder: Path, *entries: dict[str, Any]) -> HeldOut:
    return hold_out(Matcher(book_of(folder, *entries)))


def decider_of(book: RuleBook) -> Decider:
    return Decider(book, encoder=NONE)


def test_a_rule_that_repeats_itself_or_says_little_is_weak(tmp_path: Path) -> None:
    many = [f"{verb} {noun}" for verb in ("cómo pido", "dónde recojo", "quiero") for noun in ("un vale", "el vale", "mi vale")]
    repeated = ["dónde pago", "¿Dónde pago?", "donde pagoo"]
    found = {rule.rule: rule for rule in weak_rules(held(tmp_path, entry("vale", many), entry("pago", repeated)))}
    assert found["pago"].variants == 3 and found["pago"].repeated == 2
    assert found["pago"].example == ("dónde pago", "¿Dónde pago?")
    assert "vale" not in found or found["vale"].repeated


def test_rules_that_take_each_others_questions_are_named_with_the_words_that_part_them(tmp_path: Path) -> None:
    seen = held(
        tmp_path,
        entry("costo", ["cuánto cuesta la credencial", "cuánto sale la credencial", "precio credencial", "la credencial"]),
        entry("entrega", ["cuándo dan la credencial", "cuándo sale la credencial", "entrega credencial", "mi credencial"]),
        entry("beca", ["hay becas", "quiero una beca", "becas disponibles", "convocatoria de becas"]),
    )
    first = clashes(seen)[0]
    assert set(first.rules) == {"costo", "entrega"} and sum(first.taken) >= 2
    parting = dict(zip(first.rules, first.words))
    assert "cuanto" in parting["costo"] and "cuando" in parting["entrega"]
    assert not {"credencial"} & {*parting["costo"], *parting["entrega"]}
    index = {rule.id: position for position, rule in enumerate(seen.book.rules)}
    for own, other, count in (first.rules + first.taken[:1], first.rules[::-1] + first.taken[1:]):
        assert int((seen.found[seen.rows(index[own])] == index[other]).sum()) == count


def test_a_lone_rule_clashes_with_nothing(tmp_path: Path) -> None:
    seen = held(tmp_path, entry("pago", ["¿Dónde pago?"]))
    assert clashes(seen) == [] and weak_rules(seen)[0].found == 1.0


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Decider:
    return decider_of(book_of(tmp_path_factory.mktemp("r"), *school_entries()))


LOST = "mi plástico se extravió en el metro"


def looked_at(decider: Decider, *turns: AskedTurn):
    return coverage(decider, Matcher(decider.book).extractor, turns)


def test_a_lost_question_is_offered_to_the_rule_that_staff_named(school: Decider) -> None:
    known = [AskedTurn(question, 1, True, rule) for rule, questions in VARIANTS.items() for question in questions]
    found = looked_at(school, *known, AskedTurn(LOST, 3, True, "credencial"), AskedTurn("receta de mole", 1, True, None))
    best = found.gains[0]
    assert (best.rule, best.text, best.judged) == ("credencial", LOST, True) and best.turns >= 3
    assert found.now == pytest.approx(20 / 23) and 0 < best.points <= 100 * 3 / 23 + 1e-6
    assert best.confidence == round(school.decide(LOST).confidence, 3)


def test_questions_that_many_ask_come_before_rare_ones(school: Decider) -> None:
    rare = AskedTurn("soltar tantas cosas inscritas", 1, True, "renuncia")
    gains = looked_at(school, AskedTurn(LOST, 9, True, "credencial"), rare).gains
    assert [gain.text for gain in gains] == [LOST, rare.text] and gains[0].points > gains[1].points


def test_adding_the_variants_raises_coverage(school: Decider, tmp_path: Path) -> None:
    lost = (LOST, "extravié el plástico en el metro", "plástico extraviado")
    turns = [AskedTurn(text, 1, True, "credencial") for text in lost]
    found = looked_at(school, *turns)
    rules = school_entries()
    credencial = next(rule for rule in rules if rule["id"] == "credencial")
    credencial["preguntas"] = [*credencial["preguntas"], *(gain.text for gain in found.gains)]
    assert looked_at(decider_of(book_of(tmp_path, *rules)), *turns).now > found.now


def test_a_wrong_answer_is_said_to_be_wrong(school: Decider) -> None:
    sure = VARIANTS["pago"][0]
    found = looked_at(school, AskedTurn(sure, 1, True, None), AskedTurn(sure, 2, True, "pago"), AskedTurn(sure, 1, False))
    assert [(m.text, m.rule, m.right) for m in found.mistakes] == [(sure, "pago", None)]


def test_an_unjudged_turn_that_resembles_nothing_is_not_offered(school: Decider) -> None:
    assert looked_at(school, AskedTurn("receta de mole poblano", 50, False)).gains == []


def test_the_gateways_own_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "turns.sqlite3"
    log = TurnLog(path)
    log.start()
    for message in ("¿Dónde?", "¿Dónde?", " \n", "hola"):
        log.add(TurnRecord(utc_now(), "t", "s", message, "Esto.", "official", 0.9, None, 1.0, False))
    log.stop()
    assert sorted(read_log(path), key=lambda turn: -turn.count) == [AskedTurn("¿Dónde?", 2, False), AskedTurn("hola", 1, False)]


def test_lines_may_be_judged_or_not(tmp_path: Path) -> None:
    lines = ['{"question": "a", "rule": "pago"}', "", '{"message": "b"}', '{"question": "c", "rule": null}']
    (tmp_path / "t.jsonl").write_text("\n".join(lines), encoding="utf-8")
    turns = [AskedTurn("a", 1, True, "pago"), AskedTurn("b", 1, False), AskedTurn("c", 1, True)]
    assert read_log(tmp_path / "t.jsonl") == turns
    assert judged_turns([Question("a", "pago"), Question("a ", "pago")]) == [AskedTurn("a", 2, True, "pago")]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"{\n", "t:1: no es JSON"), (b"[]", "falta"), (b'{"question": "a", "rule": 5}', "id o null"), (b"\xff\xfe", "UTF-8"),
     (b"SQLite format 3\x00" + b"x" * 200, "no se puede leer"), (None, "no se puede leer")],
)  # fmt: skip
def test_a_log_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "t").write_bytes(content)
    with pytest.raises(QuestionsError, match=said):
        read_log(tmp_path / "t")


@pytest.fixture
def judged_so(school: Decider):
    """The school's calibration, had so many judged turns given this risk curve."""
    return lambda curve, turns: replace(school.calibration, judged=curve, judged_turns=turns)


def test_missing_turns_are_enough_turns(judged_so) -> None:
    curve = ((0.998, 40, 0), (0.5, 80, 6))
    asked = promise(judged_so(curve, 100), 0.02)
    assert asked.missing and not asked.missing_answered and asked.coverage == 0.4
    times = 1 + asked.missing / 100
    grown = tuple((t, int(n * times), round(k * times)) for t, n, k in curve)
    assert proven_threshold(grown, 0.02, "juzgados")
    assert promise(judged_so(((0.998, 40, 8),), 100), 0.02).missing is None


def test_nothing_is_missing_once_the_judged_turns_prove_it(judged_so) -> None:
    found = promise(judged_so(((0.9, 200, 0),), 200), 0.02)
    assert (found.missing, found.proven, found.origin) == (0, True, "turnos juzgados")


def test_staff_are_told_how_many_close_misses_are_answered(judged_so) -> None:
    proven = replace(judged_so(((0.9, 200, 0),), 200), close_misses=tuple(
        CloseMiss(str(turn), "a", 0.99 - 0.02 * turn if turn < 9 else 0.1) for turn in range(100)))  # fmt: skip
    told = " ".join(guarantee(proven, 0.02, Path("t.jsonl")).split())
    assert "umbral 0.952" in told and "de 100 turnos juzgados que son de la oficina" in told and "como oficiales 2;" in told
    assert "Qué cuida" not in guarantee(judged_so(((0.9, 200, 0),), 200), 0.02, Path("t.jsonl"))


@pytest.mark.parametrize("turns", [1, 10, 50])
def test_a_few_judged_turns_prove_nothing_yet(judged_so, turns: int) -> None:
    # Half of them are answered, none wrongly: 149 answered turns are about 298 judged ones.
    found = promise(judged_so(((0.998, -(-turns // 2), 0), (0.1, turns, 0)), turns), 0.02)
    assert found.missing is not None and found.coverage
    assert found.missing + turns == pytest.approx(fewest_turns(0.02) / found.coverage, rel=0.05)


def test_where_it_is_not_known_how_many_are_answered_answered_turns_are_missing(judged_so) -> None:
    for curve, turns in (((), 0), (((0.998, 0, 0), (0.1, 3, 2)), 8)):
        found = promise(judged_so(curve, turns), 0.02)
        assert found.missing_answered and found.missing == fewest_turns(0.02) == 149
        assert "que el bot conteste" in still_missing(found, "")


def test_a_proof_with_other_books_is_not_taken_for_one_with_judged_turns(judged_so) -> None:
    ample = replace(judged_so(((0.998, 5, 0),), 10), statistics=replace(
        judged_so((), 0).statistics, variants=np.full(7, 10)))  # fmt: skip
    found = promise(ample, 0.05)
    assert found.proven and "otros libros" in found.origin and found.missing
    assert "Para probarlo con preguntas de tu oficina faltan" in still_missing(found, "")


def test_a_thin_book_is_told_what_share_of_its_own_questions_reaches_the_threshold(school: Decider) -> None:
    """Of the 23 variants that are no small talk, none of which resembles another of its rule, none does without itself."""
    found = thin(school, Matcher(school.book))
    assert found and (found.asked, found.reached, found.threshold) == (23, 0, school.threshold)
    assert found.enough == development_threshold(0.02, 8, second_opinion=False).value < found.threshold
    assert 0 < found.share < found.enough_share < 1
    notice = " ".join(as_notice(found))
    assert "3.7 preguntas por regla" in notice and f"confianza de {school.threshold:.3f}" in notice
    assert "De 23 preguntas tuyas, cada una como si no estuviera escrita, la alcanzan 0 (0 %)" in notice
    assert as_report(suggest(school, []), 3).splitlines()[2].startswith("Libro delgado: 3.7 preguntas por regla")


def test_variants_that_their_siblings_carry_reach_a_lower_threshold(tmp_path: Path) -> None:
    pay = ["dónde pago la cuota", "en dónde pago la cuota", "dónde se paga la cuota", "dónde pago mi cuota"]
    grant = ["cómo pido una beca", "cómo se pide una beca", "cómo pido la beca", "cómo solicito una beca"]
    book = book_of(tmp_path, entry("pago", pay), entry("beca", grant))
    strict, loose = (thin(Decider(book, risk=risk, encoder=NONE), Matcher(book)) for risk in (0.02, 0.5))
    assert strict and loose and strict.threshold > loose.threshold
    assert strict.asked == loose.asked == 8 and strict.reached < loose.reached and loose.reached >= 6


def test_a_book_of_many_variants_is_not_called_thin(tmp_path: Path) -> None:
    many = [f"{verb} {noun}" for verb in ("cómo pido", "dónde recojo", "quiero") for noun in ("un vale", "la beca", "mi pase")]
    decider = decider_of(book_of(tmp_path, entry("vale", many)))
    assert thin(decider, Matcher(decider.book)) is None
    assert "delgado" not in as_report(suggest(decider, []), 3)


MINIMAL = {
    "one rule": [entry("pago", ["¿Dónde pago?"])],
    "no words": [entry("pago", ["¿?"]), entry("beca", ["¿Hay becas?"])],
    "twins": [entry("pago", ["¿Dónde pago?"]), entry("beca", ["¿Dónde pago?", "becas"])],
}


@pytest.mark.parametrize("entries", MINIMAL.values(), ids=MINIMAL.keys())
@pytest.mark.parametrize("turns", [[], [AskedTurn("becas", 1, True, "beca"), AskedTurn("", 1, False)]])
def test_any_book_gets_a_report(tmp_path: Path, entries: list[dict[str, Any]], turns: list[AskedTurn]) -> None:
    found = suggest(decider_of(book_of(tmp_path, *entries)), turns)
    report = as_report(found, 3)
    assert [line[:2] for line in report.splitlines() if line[:1].isdigit()] == ["1.", "2.", "3.", "4.", "5."]
    assert "nan" not in json.dumps(found.to_dict()).lower()
    assert np.isfinite(found.coverage.now)


def test_the_command_reports_on_any_folder_with_any_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = write_book(tmp_path / "r", *school_entries())
    (tmp_path / "t.jsonl").write_text(json.dumps({"question": LOST, "rule": "credencial"}) + "\n", encoding="utf-8")
    for more, expected in ((["--json"], '"gains": [{"rule": "credencial"'), (["--top", "1"], "«credencial» ← «mi plástico")):
        monkeypatch.setattr(sys, "argv", ["nlu", "suggest", str(rules), "--turns", str(tmp_path / "t.jsonl"), *more])
        assert main() == 0
        assert expected in capsys.readouterr().out
