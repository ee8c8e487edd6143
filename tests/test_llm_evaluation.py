"""The evaluation as it runs: real office, real retrieval, and a real if tiny model."""
from __future__ import annotations

import csv
import json
from collections import Counter

import pytest

from llm.__main__ import main
from llm.assistant import Assistant
from llm.engine import Choice
from llm.evaluation.cases import ANSWERABLE, KNOWN, NEW_TOPIC, Case, chosen, read_cases
from llm.evaluation.command import Options
from llm.evaluation.records import reasons, write_sample
from llm.evaluation.scorer import Reply, chrf, declines, judge, summarise
from llm.evaluation.systems import BY_NAME, SYSTEMS, Desk, ReplayError
from llm.evaluation.timing import typical, wait_for_text
from llm.evaluation.writing import ModelId, ReplyFile, write_missing
from llm.prompt import END
from llm.quoting import LIMIT
from nlu.payload import KIND_GENERATED, KIND_NO_ANSWER, KIND_QUOTED
from rules.locations import ROOT, Locations
from tests.tiny_gemma import tiny_folder

CASES = ROOT / "data/eval/generator.jsonl"
PLACES = Locations.from_environment({})


def case(question="¿Cuántas horas son de servicio social?", **given):
    made = {"passages": frozenset({"H15.02"}), "reference": "Son 480 horas.", "must": (("480 horas",),), "type": ANSWERABLE}
    return Case(id="c1", part=KNOWN, question=question, history=(), topic="servicio", **{**made, **given})


def unanswerable(question="¿Cuánto cuesta?"):
    return case(question, type="unanswerable", passages=frozenset(), must=(), reference="No lo sé.")


def reply(text, kind=KIND_GENERATED, given=("El servicio social dura 480 horas.",), **more):
    return Reply(text, kind, given, **more)


@pytest.fixture(scope="module")
def desk():
    return Desk.load(PLACES)


# --- the test set ---


def test_the_test_set_is_as_large_as_promised_and_names_passages_that_exist(desk):
    cases = read_cases(CASES)
    kinds = Counter(case.answerable for case in cases)
    assert kinds[True] >= 150 and kinds[False] >= 50
    assert len({case.id for case in cases}) == len({(c.question, c.history) for c in cases}) == len(cases)
    citable = {passage.id for passage in desk.quoting.index.passages}
    assert set().union(*(case.passages for case in cases)) <= citable


def test_a_faulty_line_is_named(tmp_path):
    good = CASES.read_text("utf-8").splitlines()[0]
    path = tmp_path / "t.jsonl"
    path.write_text(good + "\n" + good.replace('"known"', '"otra"'), "utf-8")
    with pytest.raises(ValueError, match=r"t\.jsonl:2"):
        read_cases(path)


def test_a_limit_draws_the_same_cases_again_in_their_order():
    cases = read_cases(CASES)
    drawn = chosen(cases, NEW_TOPIC, 12, 3)
    assert drawn == chosen(cases, NEW_TOPIC, 12, 3) != chosen(cases, NEW_TOPIC, 12, 4)
    assert [c.part for c in drawn] == [NEW_TOPIC] * 12 and drawn == [c for c in cases if c in drawn]


# --- verdicts ---


def test_facts_are_right_whatever_the_case_the_accents_and_the_emphasis():
    assert judge(case(), reply("Son **480** HORAS."), frozenset()).right
    assert not judge(case(), reply("Son 48 horas."), frozenset()).right


def test_a_bare_refusal_has_no_fact_right_though_it_names_the_office():
    about_office = case(must=(("CSE",),))
    verdict = judge(about_office, reply("No lo sé. Pregunta en la CSE.", KIND_NO_ANSWER, asserts=False), frozenset())
    assert (verdict.right, verdict.refused, verdict.good) == (False, True, False)


def test_a_rule_that_says_nobody_knows_may_still_hold_the_fact():
    verdict = judge(case(), reply("No es oficial, pero son 480 horas.", KIND_NO_ANSWER), frozenset())
    assert (verdict.right, verdict.refused) == (True, False)


def test_facts_may_come_from_what_was_given_or_from_the_users_words_only():
    asked = case("¿En la UAMI son 500 horas?")
    assert judge(asked, reply("No son 500 horas, son 480 horas."), frozenset()).unsupported == ()
    invented = judge(asked, reply("Son 480 horas, di 4 copias."), frozenset())
    assert invented.right and not invented.good
    assert "number «4» stands nowhere" in reasons(invented)


@pytest.mark.parametrize(
    ("text", "says_so"),
    [
        ("No lo sé.", True),
        ("no se, pregunta en ventanilla", True),
        ("Lo siento, no tengo ese dato.", True),
        ("Las fuentes que tengo a la mano no lo dicen.", True),
        ("", True),
        ("No se puede renunciar dos veces.", False),
        ("No se cobra.", False),
        ("No, son 480 horas.", False),
    ],
)
def test_refusals_are_recognised(text, says_so):
    assert declines(text) is says_so


def test_the_summary_counts_by_kind_of_question():
    found = (frozenset({"H1.01"}), frozenset({"H15.02"}))
    verdicts = [
        judge(case(), reply("Son 480 horas.", found=found), frozenset()),
        judge(case(), reply("No lo sé.", KIND_NO_ANSWER, asserts=False, found=found), frozenset()),
        judge(unanswerable(), reply("No lo sé.", KIND_NO_ANSWER, asserts=False, found=found), frozenset()),
        judge(unanswerable(), reply("Cuesta $300 y $400.", KIND_QUOTED, found=found), frozenset()),
    ]
    summary = summarise(verdicts)
    assert (summary.answerable, summary.unanswerable) == (2, 2)
    assert (summary.right, summary.wrongly_declined, summary.declined, summary.generated) == (0.5, 0.5, 0.5, 0.5)
    assert (summary.unsupported, summary.with_unsupported) == (2, 1)
    assert summary.recall == (0.0, 1.0)


def test_chrf_is_a_hundred_for_the_reference_itself_and_none_without_answers():
    assert chrf([("Son 480 horas.", "Son 480 horas.")]) == pytest.approx(100)
    assert chrf([("Son 80 horas.", "Son 480 horas.")]) < 100
    assert chrf([]) is None


# --- systems ---


def written(desk, cases, text):
    return {prompt: text for system in SYSTEMS if system.model for prompt in desk.to_write(system, cases)}


def test_only_the_systems_with_retrieval_see_passages(desk):
    prompts = {name: desk.prompt(system, case()).text for name, system in BY_NAME.items() if not system.checked}
    assert "pasaje" not in prompts["base"] and prompts["base"] == prompts["lora"]
    assert "pasaje" in prompts["retrieval"] and prompts["retrieval"] == prompts["retrieval+lora"]


def test_the_service_asks_its_model_for_the_very_prompts_that_were_written(desk):
    """Every case of the test set; else the replies of one system could not serve the other."""
    cases = read_cases(CASES)
    replies = desk.replies(BY_NAME["shipped"], cases, written(desk, cases, " No lo sé."))
    assert len(replies) == len(cases) and KIND_GENERATED not in {r.kind for r in replies}
    with pytest.raises(ReplayError):
        desk.replies(BY_NAME["shipped"], cases[:20], {})


def test_a_follow_up_is_asked_with_what_came_before(desk):
    follow_up = next(c for c in read_cases(CASES) if c.history)
    assert follow_up.history[0][1] in desk.prompt(BY_NAME["base"], follow_up).text


def test_raw_replies_lose_their_mark_and_what_is_too_long(desk):
    long = "[1] " + "Una oración que sigue. " * 40 + END
    (raw,) = desk.replies(BY_NAME["retrieval+lora"], [case()], written(desk, [case()], long))
    assert len(raw.text) == LIMIT and raw.text.startswith("Una oración") and raw.kind == KIND_GENERATED
    (refused,) = desk.replies(BY_NAME["retrieval+lora"], [case()], written(desk, [case()], "[0] No lo sé."))
    assert (refused.kind, refused.asserts) == (KIND_NO_ANSWER, False)


def test_an_invented_number_passes_raw_and_never_when_shipped(desk):
    reply_with = written(desk, [case()], "[1] Son 9999 horas de servicio social.")
    (raw,) = desk.replies(BY_NAME["retrieval+lora"], [case()], reply_with)
    (shipped,) = desk.replies(BY_NAME["shipped"], [case()], reply_with)
    assert judge(case(), raw, desk.names).unsupported
    assert not judge(case(), shipped, desk.names).unsupported and "9999" not in shipped.text


def test_quoting_is_what_the_service_quotes(desk):
    asked = read_cases(CASES)[:20]
    quoted = desk.replies(BY_NAME["quoting"], asked, {})
    service = Assistant.load(PLACES)
    assert [r.text for r in quoted] == [service.answer(service.task(c.messages)).text for c in asked]


def test_every_passage_supports_itself(desk):
    for passage in desk.quoting.index.passages:
        made = judge(unanswerable(), reply(passage.text, given=(passage.text,)), desk.names)
        assert made.unsupported == (), passage.id


# --- what is kept ---


class Counting:
    """Completes prompts, noting how many it was asked for."""

    def __init__(self):
        self.asked = []

    def complete(self, prompts):
        for prompt in prompts:
            self.asked.append(prompt)
            yield prompt, f"reply to {prompt}"


def test_only_missing_replies_are_written_even_after_a_line_was_cut_short(tmp_path):
    path, model = tmp_path / "sub" / "r.jsonl", Counting()
    write_missing(["a", "b", "a"], ReplyFile(path), lambda: model.complete, "t")
    path.write_bytes(path.read_bytes()[:-9])
    write_missing(["a", "b", "c"], ReplyFile(path), lambda: model.complete, "t")
    assert model.asked == ["a", "b", "b", "c"]
    assert ReplyFile(path).replies == {key: f"reply to {key}" for key in "abc"}
    write_missing(["c"], ReplyFile(path), lambda: pytest.fail("nothing is missing"), "t")


def test_a_sample_shows_what_was_given_and_leaves_the_verdict_to_the_reader(tmp_path):
    verdicts = [judge(case(f"pregunta {n}"), reply(f"Son {n} horas.", found=()), frozenset()) for n in range(9)]
    write_sample(tmp_path / "s.csv", verdicts, 4, 7)
    rows = list(csv.DictReader((tmp_path / "s.csv").open(encoding="utf-8")))
    assert len(rows) == 4 and all("480" in row["given"] for row in rows)
    assert {row["unsupported_facts"] for row in rows} == {""}


def test_the_wait_for_a_first_sentence_ends_with_it():
    def pieces():
        yield "[1] "
        for piece in ("Son 480 horas.", " Y", " más.", END, "never read"):
            read.append(piece)
            yield piece

    read: list[str] = []
    first, whole = wait_for_text(pieces())
    assert 0 <= first <= whole and read[-1] == END
    assert typical([(1.0, 2.0), (3.0, 4.0), (9.0, 9.0)]) == typical([(3.0, 4.0)] * 3)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_folder(tmp_path_factory.mktemp("tiny"))


def test_the_identity_of_a_model_changes_with_its_arithmetic(tiny):
    choice = Choice(str(tiny), None)
    assert ModelId.of(choice, "float32") == ModelId.of(choice, "float32")
    assert ModelId.of(choice, "float32").key != ModelId.of(choice, "bfloat16").key


@pytest.mark.timeout(600)
def test_the_command_writes_judges_and_prints_and_does_not_write_twice(tiny, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Options, "adapter", tmp_path / "none")  # the usual one, not trained yet
    few = ["evaluate", "--preset", str(tiny), "--dtype", "float32", "--out", str(tmp_path), "--limit", "2", "--timed", "1"]
    asked = [*few, "--adapter", str(tmp_path / "none"), "--systems", "base", "retrieval+lora", "quoting", "--sample", "2"]
    assert main(asked) == 0
    shown = capsys.readouterr()
    _, _, *rows = [line for line in shown.out.splitlines() if line.startswith("|")]
    assert list(dict.fromkeys(row.split("|")[1].strip() for row in rows)) == ["base model", "quoting"]
    assert "commit" in shown.out
    assert "retrieval+lora" in shown.err and "No hay adaptador" in shown.err
    (kept,) = tmp_path.glob("replies-base-*.jsonl")
    answers = [json.loads(line) for line in (tmp_path / "answers-base.jsonl").read_text("utf-8").splitlines()]
    assert len(answers) == 2 and all(len(answer["answer"]) <= LIMIT for answer in answers)
    assert (tmp_path / "failures-base.md").is_file() and (tmp_path / "sample-quoting.csv").is_file()
    before = kept.read_text("utf-8")
    assert main(asked) == 0
    assert kept.read_text("utf-8") == before
    assert "respuesta" not in capsys.readouterr().err


def test_an_unknown_system_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["evaluate", "--systems", "magia"])
    assert "magia" in capsys.readouterr().err
