"""What the quoting backend says: a supported quotation, or honestly that it does not know."""
import datetime as dt
from dataclasses import replace

import pytest

from llm.assistant import Assistant
from llm.backends import Answer
from llm.quoting import LIMIT
from llm.relevance import THRESHOLD
from llm.support import Support
from nlu.payload import MAX_SUGGESTIONS
from rules.book import Rule, RuleBook
from rules.facts import load_documents
from rules.locations import Locations
from rules.office import load_office
from tests.llm_parts import quoting_assistant, task_for

TODAY = dt.date(2026, 11, 22)
PLACES = Locations.from_environment({})


@pytest.fixture(scope="module")
def assistant():
    return quoting_assistant()


def ask(assistant, *messages):
    return assistant.answer(assistant.task([("user", message) for message in messages], TODAY))


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("¿En qué semana se renuncia a una UEA?", ["semana 5", "Azcapotzalco"]),
        ("cuantas recuperaciones se pueden inscribir x trimestre", ["dos recuperaciones"]),
        ("¿Cuál es el teléfono de la DSE?", ["55 5483-4000", "1646"]),
        ("¿Cuántas horas son de servicio social?", ["480 horas", "Xochimilco"]),
        ("con que promedio minimo puedo entrar a una licenciatura de la uam", ["7.0"]),
    ],
)
def test_a_supported_answer_is_quoted_with_its_facts(assistant, question, facts):
    answer = ask(assistant, question)
    assert answer.kind == "quoted"
    assert all(fact in answer.text for fact in facts)
    assert answer.sources and len(answer.text) <= LIMIT
    assert THRESHOLD <= answer.confidence <= 1


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("¿Cuánto cuesta la reposición de la credencial?", "credencial_costo"),
        ("a como está la constancia de estudios", "constancia_costo"),
        ("¿Cuál es el horario de la ventanilla de escolares?", "cse_horario"),
    ],
)
def test_what_nobody_knows_is_said_with_the_rules_own_words(assistant, question, rule):
    answer = ask(assistant, question)
    assert (answer.kind, answer.rule_id) == ("no_answer", rule)
    assert answer.text == assistant.passage(rule).text


@pytest.mark.parametrize(
    "question",
    [
        "sushi a domicilio",
        "renovar la ine",
        "playstation o xbox",
        "cuánto cuesta la comida corrida en la cafetería de la uam",
        "§§§",
    ],
)
def test_what_no_passage_supports_is_not_answered(assistant, question):
    answer = ask(assistant, question)
    assert answer.kind == "no_answer"
    assert answer.rule_id is None and answer.sources == ()
    assert answer.text.startswith((assistant.office.no_answer, assistant.office.foreign))
    assert assistant.office.where()[1:] in answer.text
    assert [s["title"] for s in answer.suggestions] == [t.title for t in assistant.office.quick_topics[:3]]


@pytest.mark.parametrize("question", ["¿Qué horas son?", "¿Quién es el rector de la UAM Iztapalapa?"])
def test_shared_words_are_no_answer(assistant, question):
    assert ask(assistant, question).kind == "no_answer"


def test_a_passage_on_the_topic_without_the_datum_is_not_quoted():
    """The rule of the credential says where, not how much: a price is not to be had from it."""
    rule = Rule("credencial_reposicion", "Credencial", "oficial", ("¿Cómo repongo mi credencial?",), "En la CSE.", "Guía")
    other = Rule("becas", "Becas", "oficial", ("¿Cómo pido una beca?",), "En becas.uam.mx.", "Página")
    office, documents = load_office(PLACES.office), load_documents(PLACES.documents)
    nothing_else = replace(documents, passages=tuple(f for f in documents.passages if f.topic == "IMSS"))
    assistant = Assistant(RuleBook((rule, other)), nothing_else, office)
    assert ask(assistant, "¿Cómo repongo mi credencial?").kind == "quoted"
    priced = assistant.task([("user", "¿Cuánto cuesta? ¿Cómo repongo mi credencial?")], TODAY)
    sure = replace(priced, relevant=replace(priced.relevant, probability=1.0))
    assert assistant.answer(sure).kind == "no_answer"


def test_a_refusal_on_a_known_topic_offers_what_can_be_asked(assistant):
    task = assistant.task([("user", "¿Cómo tramito la prórroga?")], TODAY)
    weak = replace(task, relevant=replace(task.relevant, probability=0.4))
    answer = assistant.answer(weak)
    assert answer.kind == "no_answer" and answer.rule_id is None
    assert "prórroga" in answer.suggestions[0]["message"].lower() and "que te sugiero" in answer.text
    assert len(answer.suggestions) <= MAX_SUGGESTIONS


def test_an_expired_rule_is_neither_quoted_nor_suggested(assistant):
    office, documents = load_office(PLACES.office), load_documents(PLACES.documents)
    rules = assistant.backend._book.rules
    book = RuleBook(tuple(replace(r, valid_until=TODAY - dt.timedelta(days=1)) for r in rules if r.id == "renuncia_uea"))
    answer = ask(Assistant(book, documents, office), "¿Cómo renuncio a una UEA?")
    assert answer.rule_id is None
    assert "Renuncia" not in str(answer.suggestions)


def test_an_expired_rule_is_not_offered_to_who_names_its_subject(assistant):
    office, documents = load_office(PLACES.office), load_documents(PLACES.documents)
    cards = [r for r in assistant.book.rules if r.id.startswith("credencial_")]
    first, *others = (replace(r, valid_until=TODAY - dt.timedelta(days=1)) if r is cards[0] else r for r in cards)
    offered = [b["message"] for b in ask(Assistant(RuleBook((first, *others)), documents, office), "mi credencial").suggestions]
    assert first.questions[0] not in offered and any(rule.questions[0] in offered for rule in others)


def test_an_urgent_rule_is_given_whole_and_alone():
    text = "Llama a la Línea UAM: 55 5804 6444. " + "No estás solo y hay quien te escuche a toda hora del día. " * 8
    urgent = Rule("apoyo", "Apoyo", "oficial", ("Me quiero morir", "ya no quiero vivir"), text.strip(), "Guía", urgent=True)
    other = Rule("becas", "Becas", "oficial", ("¿Cómo pido una beca?",), "En becas.uam.mx.", "Página")
    office, documents = load_office(PLACES.office), load_documents(PLACES.documents)
    answer = ask(Assistant(RuleBook((urgent, other)), documents, office), "ya no quiero vivir, me quiero morir")
    assert answer.text == text.strip()
    assert answer.suggestions == ()


def test_the_pieces_make_the_whole(assistant):
    task = assistant.task([("user", "¿Qué es la seriación?")], TODAY)
    *pieces, answer = assistant.backend.write(task)
    assert isinstance(answer, Answer) and len(pieces) > 1
    assert "".join(pieces) == answer.text


def test_a_follow_up_is_read_with_the_turn_before(assistant):
    answer = ask(assistant, "¿Qué es la equivalencia de estudios?", "¿y cuánto tarda?")
    assert answer.rule_id == "equivalencia_duracion"
    assert ask(assistant, "¿y cuánto tarda?").kind == "no_answer"


def test_a_follow_up_with_a_subject_of_its_own_is_not_answered_from_the_turn_before(assistant):
    assert ask(assistant, "¿Cuál es el teléfono de la DSE?", "¿y el clima?").kind == "no_answer"
    assert ask(assistant, "¿Cómo repongo mi credencial?", "¿y los lockers?").kind == "no_answer"
    answer = ask(assistant, "¿Qué necesito para la prórroga?", "¿y qué es la seriación?")
    assert answer.rule_id == "seriacion_que_es"


def talk(assistant, *messages):
    """The answer to the last of ``messages``, which the student and the bot say in turn."""
    turns = [(("user", "assistant")[i % 2], message) for i, message in enumerate(messages)]
    return assistant.answer(assistant.task(turns, TODAY))


def test_what_was_just_said_is_not_said_again_to_another_question(assistant):
    told = assistant.passage("renuncia_uea").text
    answer = talk(assistant, "¿En qué semana renuncio a una UEA?", told, "¿y si tengo una beca?")
    assert told[:40] not in answer.text and answer.kind == "no_answer"
    task = assistant.task([("user", "¿Cómo renuncio?"), ("assistant", told), ("user", "pero a mí sí me dejan o no")], TODAY)
    sure = replace(task, relevant=replace(task.relevant, passage=assistant.passage("renuncia_uea"), probability=1.0))
    answer = assistant.answer(sure)
    assert answer.kind == "no_answer" and answer.text.startswith(assistant.office.nothing_more)
    assert answer.topic_rule and answer.suggestions


def test_who_asks_the_same_again_or_for_a_datum_in_it_is_told_again(assistant):
    told = assistant.passage("renuncia_uea").text
    again = talk(assistant, "¿En qué semana renuncio a una UEA?", told, "¿en qué semana renuncio a una UEA?")
    assert again.kind == "quoted" and "semana 5" in again.text


def test_a_refusal_within_a_conversation_offers_what_is_near_its_topic(assistant):
    told = assistant.book.by_id["becas_renovar"].answer
    answer = talk(assistant, "cómo renuevo mi beca", told, "¿y si ya tengo otra?")
    assert answer.kind == "no_answer"
    assert any("beca" in suggestion["title"] for suggestion in answer.suggestions)


def test_small_talk_and_no_lo_se_are_nothing_to_lean_on(assistant):
    for said in ("¡De nada! Aquí estoy para lo que necesites.", f"{assistant.office.no_answer} {assistant.office.where()}"):
        task = assistant.task([("user", "gracias"), ("assistant", said), ("user", "¿y cuánto cuesta?")], TODAY)
        assert task.last is None


def test_what_was_written_or_quoted_names_the_rule_that_the_next_question_may_lean_on(assistant):
    answer = ask(assistant, "¿En qué semana se renuncia a una UEA?")
    assert answer.grounding()["topic_rule"] and answer.topic_rule in assistant.book.by_id


def test_a_refusal_offers_the_rule_that_the_matcher_thinks_likely(assistant):
    task = assistant.task([("user", "¿Quién ganó el mundial?")], TODAY)
    likely = replace(task, likely=("prorroga_requisitos",))
    rule = assistant.book.by_id["prorroga_requisitos"]
    offered = assistant.answer(likely).suggestions[0]["message"]
    assert offered == rule.questions[0] != assistant.answer(task).suggestions[0]["message"]


def test_what_nobody_knows_is_not_the_answer_to_another_datum(assistant):
    unknown = next(p for p in assistant.index.passages if p.rule and p.rule.id == "becas_monto")
    hit = replace(task_for(assistant, unknown.questions[0]).hits[0], passage=unknown, score=1.0)
    price, date = (
        replace(task_for(assistant, question), hits=(hit,), support=Support(0.9, True), relevant=None)
        for question in ("¿Cuánto dan de la beca?", "¿Cuándo sale la beca?")
    )
    assert assistant.answer(price).rule_id == "becas_monto" != assistant.answer(date).rule_id


@pytest.mark.parametrize(
    ("rule", "follow_up"),
    [("constancia_tramite", "¿y dónde?"), ("renuncia_uea", "hasta cuándo"), ("renuncia_uea", "¿y hasta cuando se puede?")],
)
def test_what_the_last_answer_holds_is_told_again_to_who_asks_only_for_that(assistant, rule, follow_up):
    told = assistant.passage(rule)
    again = talk(assistant, told.title, told.text, follow_up)
    assert (again.kind, again.rule_id, again.text) == ("quoted", rule, told.text)


@pytest.mark.parametrize("follow_up", ["¿y cuánto cuesta?", "¿y quién?"])
def test_what_the_last_answer_does_not_hold_is_not_told_again(assistant, follow_up):
    answered = talk(assistant, "¿Cómo pido una constancia de estudios?")
    assert talk(assistant, "¿Cómo pido una constancia de estudios?", answered.text, follow_up).kind == "no_answer"


@pytest.mark.parametrize(
    "question",
    ["soy de maestria cuantos años tengo como maximo pa acabar", "en la unam con cuantos creditos haces el servicio social"],
)
def test_what_the_office_tells_apart_is_not_answered_with_the_other(assistant, question):
    assert ask(assistant, question).kind == "no_answer"


def test_a_rule_that_names_it_answers(assistant):
    assert ask(assistant, "vengo de la unam, como hago la equivalencia?").kind == "quoted"


@pytest.mark.parametrize("question", ["¿y cuánto cuesta?", "cuánto cuesta", "¿y dónde?", "¿cuándo es?"])
def test_who_names_no_subject_is_asked_for_it(assistant, question):
    for before in ((), (("user", "hola"), ("assistant", assistant.office.greeting))):
        answer = assistant.answer(assistant.task([*before, ("user", question)]))
        assert (answer.kind, answer.text, answer.rule_id) == ("no_answer", assistant.office.which_subject, None)
        assert len(answer.suggestions) == 3


@pytest.mark.parametrize("question", ["quiero informes", "necesito información"])
def test_who_only_says_that_they_ask_is_asked_what(assistant, question):
    assert ask(assistant, question).text == assistant.office.which_subject


@pytest.mark.parametrize(
    ("message", "offered"),
    [
        ("mi credencial", "¿Cómo repongo mi credencial?"),
        ("duda sobre titulación", "¿Qué necesito para titularme?"),
        ("horario", "¿Cuál es el horario de atención de la CSE?"),
        ("examen de admisión", "¿Hay examen de admisión para licenciatura?"),
    ],
)
def test_who_only_names_a_subject_is_asked_what_about_it(assistant, message, offered):
    answer = ask(assistant, message)
    assert (answer.kind, answer.text) == ("no_answer", assistant.office.which_question)
    assert offered in [button["message"] for button in answer.suggestions]


@pytest.mark.parametrize("message", ["pizza", "renovar la luz", "constancia de posgrado de la UNAM"])
def test_what_is_no_subject_of_the_office_is_declined(assistant, message):
    assert ask(assistant, message).text.startswith((assistant.office.no_answer, assistant.office.foreign))


def test_a_later_turn_that_is_refused_is_offered_what_it_is_read_as(assistant):
    rule = assistant.book.by_id["becas_renovar"]
    said = [("user", "cómo renuevo mi beca"), ("assistant", rule.answer), ("user", "¿y si ya tengo otra?")]
    answer = assistant.answer(assistant.task(said))
    expected = assistant.book.by_id["becas_otro_apoyo"].questions[0]
    assert (answer.kind, answer.suggestions[0]["message"]) == ("no_answer", expected)


def test_a_refusal_offers_what_may_be_meant_rather_than_the_quick_topics(assistant):
    answer = ask(assistant, "alguien sabe si ya abrieron las becas?")
    assert answer.text.startswith(assistant.office.no_answer)
    assert "¿Cuándo sale la convocatoria de becas?" in [button["message"] for button in answer.suggestions]


def test_a_subject_that_was_only_named_is_asked_for_the_datum(assistant):
    menu = ask(assistant, "mi credencial")
    talk_so_far = [("user", "mi credencial"), ("assistant", menu.text), ("user", "requisitos")]
    answer = assistant.answer(assistant.task(talk_so_far))
    credentials = {rule.id for rule in assistant.book.rules if rule.id.startswith("credencial")}
    messages = [button["message"] for button in answer.suggestions]
    offered = {rule.id for rule in assistant.book.rules if rule.questions[0] in messages}
    assert answer.rule_id in credentials or offered & credentials
