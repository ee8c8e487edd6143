"""The bounded store of conversations, with Rasa's own trackers, in Rasa's own Python."""
from __future__ import annotations

import json
import subprocess

import pytest
import yaml

from rules.locations import ROOT

RASA_PYTHON = ROOT / ".venv-rasa/bin/python"
SCRIPT = """
import asyncio, json, sys
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered
from rasa.utils.endpoints import EndpointConfig
from nlu.conversation import turns

given = json.load(sys.stdin)
domain = Domain.from_dict({"intents": ["faq"], "responses": {"utter_faq": [{"text": "a"}]}})

def store(**limits):
    return TrackerStore.create(EndpointConfig.from_dict({**given, **limits}), domain)

async def say(kept, sender, text):
    tracker = await kept.get_or_create_tracker(sender)
    for event in (UserUttered(text, {"name": "faq"}), ActionExecuted("utter_faq"),
                  BotUttered("...", {"custom": {"rule_id": "r" + text}}), ActionExecuted("action_listen")):
        tracker.update(event, domain)
    await kept.save(tracker)

async def long(kept):
    sizes = []
    for number in range(200):
        await say(kept, "ana", str(number))
        sizes.append(len(kept.store["ana"]))
    tracker = await kept.retrieve("ana")
    return {"sizes": [sizes[60], sizes[-1]], "events": len(tracker.events),
            "turns": [[turn.message, turn.rule_id] for turn in turns(tracker)],
            "last": tracker.latest_message.text, "listens": tracker.latest_action_name}

async def many(kept):
    for sender in ("ana", "eva", "leo", "ana", "luz"):
        await say(kept, sender, "hola")
    return sorted(await kept.keys())

print("RESULT" + json.dumps({
    "type": type(store()).__name__, "long": asyncio.run(long(store(events=100))),
    "many": asyncio.run(many(store(conversations=3))),
}))
"""


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    if not RASA_PYTHON.is_file():
        pytest.skip("the Rasa environment is not built")
    given = yaml.safe_load((ROOT / "endpoints.yml").read_text("utf-8"))["tracker_store"]
    done = subprocess.run(
        [str(RASA_PYTHON), "-c", SCRIPT], cwd=ROOT, input=json.dumps(given), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout.split("RESULT")[1])
    return result


def test_rasa_loads_the_one_that_the_endpoints_name(told):
    assert told["type"] == "BoundedTrackerStore"


def test_a_long_conversation_costs_no_more_than_a_middling_one(told):
    middling, long = told["long"]["sizes"]
    assert long < 1.1 * middling and told["long"]["events"] == 100


def test_the_last_turns_are_all_there(told):
    assert told["long"]["turns"] == [[str(n), f"r{n}"] for n in range(194, 200)]
    assert told["long"]["last"] == "199" and told["long"]["listens"] == "action_listen"


def test_who_was_silent_for_longest_makes_room(told):
    assert told["many"] == ["ana", "leo", "luz"]
