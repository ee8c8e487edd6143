"""What Rasa's component sees of a conversation: asked in Rasa's own Python."""
from __future__ import annotations

import json
import subprocess

import pytest

from rules.locations import ROOT

RASA_PYTHON = ROOT / ".venv-rasa/bin/python"
SCRIPT = """
import asyncio, json
from rasa.engine.constants import PLACEHOLDER_TRACKER
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from nlu.component import RuleBookMatcher
from nlu.conversation import turns
from nlu.responses import PayloadResponseGenerator

def said(*events):
    return [[turn.message, turn.rule_id] for turn in turns(DialogueStateTracker.from_events("ana", list(events)))]

def bot(rule):
    return BotUttered("...", {"custom": {"rule_id": rule}})

def offering(*buttons):
    return BotUttered("Hecho.", {"custom": {"rule_id": "a", "suggestions": [{"title": b, "message": b} for b in buttons]}})

def payload(rule):
    return {"kind": "official", "rule_id": rule, "confidence": 1.0, "sources": [], "suggestions": []}

def reply(parts, more=""):
    answers = {f"utter_faq/{rule}": [{"text": f"Respuesta de {rule}.{more}", "custom": payload(rule)}] for rule in ("a", "b")}
    domain = Domain.from_dict({"intents": ["faq"], "responses": answers})
    parsed = {"intent": {"name": "faq", "confidence": 0.8}, "parts": parts}
    events = [UserUttered("...", parsed["intent"], parse_data=parsed)]
    tracker = DialogueStateTracker.from_events("ana", events, domain.slots)
    return asyncio.run(PayloadResponseGenerator(domain=domain).generate("utter_faq/a", tracker, "rest"))

parts = [{"question": "¿A?", "rule_id": "a"}, {"question": "¿B?", "rule_id": "b"}, {"question": "¿C?", "rule_id": None}]
print("RESULT" + json.dumps({
    "needs": DefaultV1Recipe()._get_needs_from_args(RuleBookMatcher, "process") == {"tracker": PLACEHOLDER_TRACKER},
    "empty": said(),
    "talk": said(UserUttered("uno"), bot("a"), ActionExecuted("action_listen"), UserUttered("dos"), bot(None)),
    "plain": said(UserUttered("uno"), BotUttered("hola")),
    "session": said(UserUttered("vieja"), bot("a"), SessionStarted(), UserUttered("nueva"), bot("b")),
    "long": said(*(event for n in range(9) for event in (UserUttered(str(n)), bot(f"r{n}")))),
    "picked": said(UserUttered("uno"), offering("¿B?", "¿C?"), UserUttered("la 2"), bot("c")),
    "parts": said(UserUttered("todo", parse_data={"parts": parts}), bot("a"), UserUttered("dos"), bot("b")),
    "one": reply(None), "several": reply(parts), "braces": reply(None, " Paga 50} {ya} {"),
}))
"""


@pytest.fixture(scope="module")
def rasa() -> dict[str, object]:
    if not RASA_PYTHON.is_file():
        pytest.skip("the Rasa environment is not built")
    done = subprocess.run([str(RASA_PYTHON), "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout.split("RESULT")[1])
    return result


def test_each_question_of_a_message_is_a_turn_so_that_the_last_one_is_the_topic(rasa: dict[str, object]) -> None:
    assert rasa["parts"] == [["¿A?", "a"], ["¿B?", "b"], ["¿C?", None], ["dos", "b"]]


def test_rasa_gives_the_component_the_conversation(rasa: dict[str, object]) -> None:
    assert rasa["needs"]


def test_each_turn_has_the_rule_of_its_answer(rasa: dict[str, object]) -> None:
    assert rasa["talk"] == [["uno", "a"], ["dos", None]]
    assert (rasa["empty"], rasa["plain"]) == ([], [["uno", None]])


def test_a_new_session_remembers_nothing(rasa: dict[str, object]) -> None:
    assert rasa["session"] == [["nueva", "b"]]


def test_only_the_last_turns_are_kept(rasa: dict[str, object]) -> None:
    assert rasa["long"] == [[str(n), f"r{n}"] for n in range(3, 9)]


def test_several_questions_get_their_answers_word_for_word(rasa: dict[str, object]) -> None:
    one, several = rasa["one"], rasa["several"]
    assert isinstance(one, dict) and isinstance(several, dict)
    assert one["text"] == "Respuesta de a." and one["custom"]["confidence"] == 0.8
    assert several["text"].startswith("**¿A?**\n\nRespuesta de a.\n\n**¿B?**\n\nRespuesta de b.\n\n")
    assert "«¿C?»" in several["text"] and several["custom"]["rule_ids"] == ["a", "b"]


def test_braces_in_an_answer_are_no_places_to_fill(rasa: dict[str, dict[str, object]]) -> None:
    assert rasa["braces"]["text"] == "Respuesta de a. Paga 50} {ya} {"


def test_a_turn_that_picked_a_button_reads_as_that_button(rasa: dict[str, object]) -> None:
    assert rasa["picked"] == [["uno", "a"], ["¿C?", "c"]]
