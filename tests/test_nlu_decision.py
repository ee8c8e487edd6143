"""One question in, one decision out."""
from __future__ import annotations

import datetime as dt
import json
import statistics
import sys
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from nlu.decision import EXACT_CONFIDENCE, Decider
from nlu.development import make_book
from nlu.evidence import FEATURES
from nlu.followup import Turn
from nlu.text import normalize
from nlu.trace import trace_record
from rules.locations import Locations
from rules.office import Office, load_office
from tests.nlu_books import (
    OUT_OF_SCOPE,
    SMALL_TALK,
    URGENT,
    VARIANTS,
    book_of,
    entry,
    office_book,
    office_decider,
    school_entries,
    write_book,
)

TODAY = dt.date(2026, 11, 22)
LOOSE = 0.2


@pytest.fixture(scope="module")
def decider(tmp_path_factory: pytest.TempPathFactory) -> Decider:
    return Decider(book_of(tmp_path_factory.mktemp("libro"), *school_entries()), risk=LOOSE)


def office() -> Office:
    return load_office(Locations.from_environment({}).office)


def without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c) or c == "\u0303")


@pytest.mark.parametrize("write", [
    str, str.upper, without_accents, "Hola, buenas tardes, {}".format, "¿{}??? 🙏".format,
    "una pregunta: {} por favor, gracias".format, lambda text: text.replace("e", "eeee"),
    lambda text: text.replace("que", "q").replace("donde", "dnd"),
])  # fmt: skip
def test_a_variant_is_sure_however_it_is_typed(decider: Decider, write: object) -> None:
    assert callable(write)
    for rule, questions in VARIANTS.items():
        for question in questions:
            decision = decider.decide(write(question), today=TODAY)
            assert (decision.sure, decision.rule_id, decision.reason) == (True, rule, "exact"), write(question)
            assert decision.confidence == EXACT_CONFIDENCE and decision.kind == "official"


def test_every_variant_of_the_office_is_sure_with_its_own_rule() -> None:
    book = office_book()
    owners: dict[str, set[str]] = {}
    for rule in book.rules:
        for question in rule.questions:
            owners.setdefault(normalize(question), set()).add(rule.id)
    for rule in book.rules:
        for question in rule.questions[::8]:
            decision = office_decider().decide(question.upper(), today=TODAY)
            if len(owners[decision.normalized]) == 1 and not rule.expired(TODAY):
                assert decision.sure and decision.rule_id == rule.id, question


def test_the_same_variant_in_two_rules_is_not_exact(tmp_path: Path) -> None:
    book = book_of(tmp_path, entry("a", ["¿Cómo pago?", "en el banco"]), entry("b", ["como pago", "en línea"]))
    decision = Decider(book).decide("como pago")
    assert decision.reason != "exact" and decision.confidence < EXACT_CONFIDENCE
    assert {"a", "b"} == set(decision.suggestions)


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("quiero dar de baja una materia ya", "renuncia"),
        ("en que banco pago la inscripcion", "pago"),
        ("¿Dónde tramito una constancia de estudios?", "constancia"),
        ("perdi mi credencial de alumno", "credencial"),
    ],
)
def test_a_near_wording_is_sure_by_its_confidence(decider: Decider, question: str, rule: str) -> None:
    decision = decider.decide(question)
    assert (decision.sure, decision.rule_id, decision.reason) == (True, rule, "confidence")
    assert decider.threshold <= decision.confidence <= EXACT_CONFIDENCE


@pytest.mark.parametrize("question", OUT_OF_SCOPE)
def test_what_no_rule_answers_is_not_sure(decider: Decider, question: str) -> None:
    for asked in (decider, office_decider()):
        decision = asked.decide(question)
        assert not decision.sure and decision.rule_id is None and decision.kind is None
        assert decision.confidence < 0.5


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_text_gets_a_decision_that_is_json(text: str) -> None:
    asked = _tiny_decider()
    record = json.loads(json.dumps(trace_record(asked.decide(text, [Turn(text)], TODAY)), allow_nan=False))
    assert 0 <= record["confidence"] <= 1 and record["normalized"] == " ".join(record["normalized"].split())
    assert record["sure"] == (record["rule_id"] is not None)


_TINY: list[Decider] = []


# Joiners, soft hyphens and the like, as they come with text copied from elsewhere.
UNSEEN = "\u200b\u00ad\u2060\ufeff\u200d\ufe0f"
ASKED = [
    "¿Cómo renuncio a una UEA?", "perdí mi credencial", "¿Dónde pago? ¿Y cuánto tarda la constancia de estudios?",
    "me quiero matar", "¿y cuánto cuesta?", "hola 👩\u200d🎓", "receta de chilaquiles",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ASKED), st.lists(st.tuples(st.integers(0, 60), st.sampled_from(UNSEEN)), max_size=12))
def test_what_shows_nothing_changes_no_decision(question: str, inserted: list[tuple[int, str]]) -> None:
    hidden = question
    for place, char in inserted:
        hidden = hidden[:place] + char + hidden[place:]
    asked = _tiny_decider()
    for turns in ([], [("¿Cómo repongo mi credencial?", "credencial")]):
        plain = asked.decide(question, [Turn(text, rule) for text, rule in turns], TODAY)
        same = asked.decide(hidden, [Turn("\u00ad".join(text), rule) for text, rule in turns], TODAY)
        assert replace(same, milliseconds=0) == replace(plain, milliseconds=0)
    assert asked.confidences(hidden, 3) == asked.confidences(question, 3)


def test_what_the_encoder_reads_has_nothing_that_does_not_show() -> None:
    matcher = _tiny_decider().matcher
    hidden = "\u200b".join("¿Cómo repongo mi credencial 👩\u200d🎓?")
    assert matcher.as_written(hidden) == matcher.as_written("¿Cómo repongo mi credencial 👩🎓?")


def _tiny_decider() -> Decider:
    if not _TINY:
        from nlu.development import make_book

        _TINY.append(Decider(make_book({**VARIANTS, "charla": SMALL_TALK}), risk=LOOSE))
    return _TINY[0]


@pytest.mark.parametrize("question", ["", "  \n", "¿?", "🤖🤖"])
def test_a_message_without_words_is_empty(decider: Decider, question: str) -> None:
    decision = decider.decide(question)
    assert (decision.sure, decision.reason, decision.candidates) == (False, "empty", ())


def test_the_kind_follows_the_type_of_the_rule(tmp_path: Path) -> None:
    types = {"oficial": "official", "charla": "small_talk", "sin_dato": "no_answer"}
    asked = Decider(book_of(tmp_path, *(entry(name, [f"pregunta {name}"], tipo=name) for name in types)))
    for name, kind in types.items():
        assert asked.decide(f"pregunta {name}").kind == kind


NOT_THIS = "quiero dar de baja una asignatura"


def test_no_es_vetoes_its_rule(tmp_path: Path) -> None:
    rules = school_entries()
    plain = Decider(book_of(tmp_path / "sin", *rules), risk=0.5)
    rules[0] = {**rules[0], "no_es": [NOT_THIS]}
    vetoed = Decider(book_of(tmp_path / "con", *rules), risk=0.5)
    before, after = (asked.decide("Hola, quiero dar de baja una asignatua!") for asked in (plain, vetoed))
    assert before.candidates[0].rule_id == after.candidates[0].rule_id == "renuncia"
    assert before.sure and not after.sure and after.reason == "lookalike" and after.rule_id is None
    assert vetoed.decide("quiero dar de baja una materia").sure


@pytest.mark.parametrize(
    "message",
    [
        *URGENT,
        "Hola, ¿cómo pago la colegiatura? la verdad es que me quiero matar",
        "ME QUIERO MATARRR y no sé dónde pago la colegiatura",
        "profe necesito ayuda sicológica urgente porque reprobé todo",
        "me qiero matar",
        "es que me quiero bien matar y super ya no quiero muy vivir",
        "desde ayer ya no kiero vivir en serio",
    ],
)
def test_an_urgent_rule_wins_inside_a_longer_message(decider: Decider, message: str) -> None:
    decision = decider.decide(message)
    assert (decision.sure, decision.rule_id, decision.reason) == (True, "apoyo", "urgent")


@pytest.mark.parametrize(
    "message", ["me quiero matricular", "ya no quiero vivienda", "me quiero matricular ya", "me quiero"]
)
def test_half_a_word_is_not_urgent(decider: Decider, message: str) -> None:
    assert decider.decide(message).reason != "urgent"


def test_only_an_urgent_rule_wins_inside_a_longer_message(tmp_path: Path) -> None:
    rules = [{k: v for k, v in rule.items() if k != "urgente"} for rule in school_entries()]
    decision = Decider(book_of(tmp_path, *rules)).decide("¿Dónde pago la colegiatura? es que me quiero matar")
    assert decision.rule_id != "apoyo"


def expiring(tmp_path: Path, last_day: dt.date, **more: object) -> Decider:
    rules = school_entries()
    rules[1] = {**rules[1], "vigente_hasta": last_day.isoformat(), **more}
    return Decider(book_of(tmp_path, *rules), office(), risk=LOOSE)


@pytest.mark.parametrize("question", ["¿Dónde pago la colegiatura?", "en que banco pago la inscripcion"])
@pytest.mark.parametrize(("days", "valid"), [(-1, False), (0, True), (1, True)])
def test_an_answer_is_given_through_its_last_day(tmp_path: Path, question: str, days: int, valid: bool) -> None:
    decision = expiring(tmp_path, TODAY + dt.timedelta(days)).decide(question, today=TODAY)
    assert decision.sure is valid and (decision.rule_id == "pago") is valid
    assert ("pago" in decision.suggestions) is valid
    assert (decision.reason == "expired") is not valid


def test_an_expired_urgent_rule_is_not_given(tmp_path: Path) -> None:
    asked = expiring(tmp_path, TODAY, urgente="sí")
    assert asked.decide("¿Dónde pago la colegiatura? urge", today=TODAY).rule_id == "pago"
    late = asked.decide("¿Dónde pago la colegiatura? urge", today=TODAY + dt.timedelta(1))
    assert not late.sure and "pago" not in late.suggestions


def test_the_day_ends_when_it_ends_at_the_office(tmp_path: Path) -> None:
    # 26 hours apart: at any moment the dates of these two differ.
    east, west = (replace(office(), time_zone=ZoneInfo(zone)) for zone in ("Pacific/Kiritimati", "Etc/GMT+12"))
    rules = [entry("pago", ["¿Dónde pago?"], vigente_hasta=west.today().isoformat()), entry("otra", ["nada que ver"])]
    book = book_of(tmp_path, *rules)
    assert Decider(book, west).decide("¿Dónde pago?").sure
    assert Decider(book, east).decide("¿Dónde pago?").reason == "expired"


TIMES = ["¿cuánto tiempo tarda?", "cuánto se tarda", "¿y cuándo sale?"]


def test_an_elliptic_turn_needs_a_topic(tmp_path: Path) -> None:
    asked = Decider(book_of(tmp_path, *school_entries(), entry("tiempos", TIMES)), risk=0.5)
    decision = asked.decide("¿y cuánto tarda?")
    assert decision.confidence >= asked.threshold and decision.candidates[0].rule_id == "tiempos"
    assert not decision.sure and decision.reason == "elliptic"
    for idle in (["gracias"], ["hola", "ok"], ["¿y eso?"], [""]):
        assert not asked.decide("¿y cuánto tarda?", [Turn(message) for message in idle]).sure, idle
    assert asked.decide("¿cuánto tiempo tarda?").reason == "exact"


@pytest.mark.parametrize("question", ["¿y cuánto tarda?", "¿y dónde?", "¿cuánto?", "¿y si no?", "¿Y eso?"])
def test_an_elliptic_turn_alone_is_never_sure(decider: Decider, question: str) -> None:
    assert not decider.decide(question).sure and not office_decider().decide(question).sure


def test_a_change_of_topic_leaves_the_last_one(decider: Decider) -> None:
    history = [Turn("necesito una constancia con promedio", "constancia")]
    for question in ("perdi mi credencial de alumno", "y si quiero dar de baja una materia"):
        assert decider.decide(question, history).confidence == decider.decide(question).confidence
        assert decider.decide(question, history).normalized == decider.decide(question).normalized


def test_what_staff_wrote_needs_no_topic(decider: Decider) -> None:
    decision = decider.decide("Gracias, ya con eso", [Turn("¿Dónde pago la colegiatura?", "pago")])
    assert (decision.sure, decision.rule_id) == (True, "charla")


def test_small_talk_that_asks_something_else_is_none() -> None:
    office_s = office_decider()
    for question in ("hasta cuando", "hasta cuándo es", "gracias, ¿dónde?"):
        assert office_s.decide(question).kind != "small_talk", question
    assert office_s.decide("bueno, hasta luego").kind == office_s.decide("hola, cómo estás?").kind == "small_talk"


def test_the_number_of_a_button_asks_what_the_button_asks(decider: Decider) -> None:
    shown = Turn("hola", "charla", "¡Hola!", ("¿Cómo me inscribo?", "¿Dónde pago la colegiatura?"))
    decision = decider.decide("la 2 porfa", [shown])
    assert (decision.rule_id, decision.reason) == ("pago", "exact")
    assert not decider.decide("la 2 porfa").sure


def test_small_talk_is_answered_more_freely_than_official(tmp_path: Path) -> None:
    kinds = ("oficial", "charla")
    books = (book_of(tmp_path / kind, *(entry(r, q, tipo=kind) for r, q in VARIANTS.items())) for kind in kinds)
    official, small_talk = map(Decider, books)
    asked = ["como reponer mi credencial", "quiero dar de baja una asignatura", "necesito dar de baja una materia",
             "lo de la credencial y otras cosas que pasan", "banco para pagar", *OUT_OF_SCOPE]  # fmt: skip
    sure = [(official.decide(question).sure, small_talk.decide(question).sure) for question in asked]
    assert all(talk >= answer for answer, talk in sure) and (False, True) in sure
    assert not any(talk for _, talk in sure[-len(OUT_OF_SCOPE) :])


def test_a_smaller_risk_never_answers_more(decider: Decider) -> None:
    strict = Decider(decider.book, risk=0.02)
    assert strict.threshold > decider.threshold
    for question in ("quiero dar de baja una materia ya", "documentos para equivalencia de estudios", *OUT_OF_SCOPE):
        assert decider.decide(question).sure >= strict.decide(question).sure
        assert decider.decide(question).confidence == strict.decide(question).confidence


def test_the_decision_explains_itself(decider: Decider) -> None:
    record = trace_record(decider.decide("Hola, ¿en qué banco pago la inscripción?"))
    assert record["normalized"] == "en que banco pago la inscripcion"
    first = record["candidates"][0]
    assert list(first["features"])[: len(FEATURES)] == list(FEATURES)
    assert first["question"] == "en qué banco se paga la inscripción"
    assert record["margin"] == first["features"]["margin"] and first["confidence"] == record["confidence"]
    assert record["threshold"]["value"] == decider.threshold and record["threshold"]["risk"] == LOOSE
    assert record["book_hash"] == decider.book.hash and record["timings_ms"]["decide"] > 0


def test_the_same_question_gets_the_same_decision(decider: Decider) -> None:
    again = Decider(decider.book, risk=LOOSE)
    for question in ("cuanto tarda mi pago", "perdi mi credencial de alumno", "asdf"):
        left, right = (trace_record(asked.decide(question), "id", "now") for asked in (decider, again))
        assert {**left, "timings_ms": {}} == {**right, "timings_ms": {}}


def test_the_office_s_own_files_are_loaded(tmp_path: Path) -> None:
    places = replace(
        Locations.from_environment({}),
        rules=write_book(tmp_path / "reglas", *school_entries()),
        judged_turns=tmp_path / "nada.jsonl",
        models=tmp_path,
    )
    loaded = Decider.load(places)
    assert loaded.office.short_name and loaded.decide("¿Dónde pago la colegiatura?").rule_id == "pago"
    restored = Decider.restore(loaded.book, loaded.office, places.calibration, LOOSE, places.encoder)
    question = "en que banco pago la inscripcion"
    assert restored.decide(question).confidence == pytest.approx(loaded.decide(question).confidence, abs=1e-5)
    with pytest.raises(ValueError, match="office"):
        _ = Decider(loaded.book).office


def test_what_letters_decide_takes_little_time() -> None:
    """Held against one pass of RapidFuzz over the same variants: machines differ, ratios don't."""
    asked = office_decider()
    variants = [normalize(question) for rule in asked.book.rules for question in rule.questions]
    questions = [rule.questions[-1] for rule in asked.book.rules][:60]
    ours, plain = [], []
    for question in questions:
        start = time.perf_counter()
        process.cdist([normalize(question)], variants, scorer=fuzz.token_sort_ratio)  # extractOne stops at 100
        plain.append(time.perf_counter() - start)
        ours.append(asked.decide(question).milliseconds / 1000)
    assert statistics.median(ours) < 4 * statistics.median(plain)


def test_turns_that_are_decided_at_once_do_not_mix(decider: Decider) -> None:
    questions = [q for rule in decider.book.rules for q in rule.questions] * 5
    asked = [f"oye {q} urge hoy" for q in questions]
    alone = [decider.decide(q).confidence for q in asked]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            together = [decision.confidence for decision in pool.map(decider.decide, asked)]
    finally:
        sys.setswitchinterval(interval)
    assert together == alone


def test_the_smallest_books_can_be_asked_anything() -> None:
    alike = Decider(make_book({"beca": ["¿Cómo pido la beca?"], "credencial": ["¿Cómo pido la credencial?"]}))
    assert not alike.decide("¿y cómo?", [Turn("beca", "beca")]).sure
    wordless = Decider(make_book({"emoji": ["😀"]}))
    assert not wordless.decide("hola, ¿cómo pido una beca?").sure


def test_a_button_s_label_is_the_button_typed(tmp_path: Path) -> None:
    topics = load_office(Locations.from_environment({}).office).quick_topics
    entries = [entry(f"tema_{number}", [topic.message]) for number, topic in enumerate(topics)]
    book, profile = book_of(tmp_path, *entries), load_office(Locations.from_environment({}).office)
    for number, topic in enumerate(topics):
        assert Decider(book, profile).decide(topic.title.lower()).rule_id == f"tema_{number}"
    assert not Decider(book).decide(topics[0].title).sure


def test_the_rules_about_a_subject_are_told_only_where_nothing_is_asked_of_it() -> None:
    about = office_decider().about("una duda sobre mi credencial")
    assert {"credencial_primera", "credencial_reposicion", "credencial_costo"} <= set(about[:4])
    for more in ("cuánto cuesta la credencial", "¿dónde la saco?", "la credencial de mi hermano", "pizza", "hola", ""):
        assert office_decider().about(more) == ()


def test_a_subject_that_was_only_named_is_asked_for_the_datum() -> None:
    decider = office_decider()
    named, told = Turn("mi credencial"), Turn("¿Qué es la equivalencia?", "equivalencia_que_es")
    assert decider.decide("costo", [named]).rule_id == "credencial_costo"
    assert decider.decide("costo", [Turn("buenas")]).rule_id is None
    assert decider.decide("costo", [named, told]).rule_id != "credencial_costo"
