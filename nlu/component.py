"""The matcher as a Rasa component: intent, retrieval response and verdict in one step.

A trained model carries its own copy of the rule book with the calibration, so that a server
answers from the book that it was trained on, whatever is edited meanwhile.
"""
from __future__ import annotations

import json
import logging
from dataclasses import asdict
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.conversation import turns
from nlu.decision import DEFAULT_RISK, Decider, Decision
from nlu.importer import OPEN_INTENT, RETRIEVAL_INTENT
from nlu.memory import settle
from nlu.several import PARTS
from nlu.trace import TRACE, TRACE_ID, trace_record
from rules.book import book_from_json, book_to_json, load_rule_book
from rules.locations import Locations
from rules.office import load_office

logger = logging.getLogger(__name__)
_SNAPSHOT = "rule_book.json"
_CALIBRATION = "calibration.json"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class RuleBookMatcher(GraphComponent):
    """Decides with :class:`nlu.decision.Decider`; emits ``faq`` or ``consulta_abierta``."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"risk": DEFAULT_RISK}

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, decider: Decider | None = None
    ) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._decider = decider

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> RuleBookMatcher:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> RuleBookMatcher:
        """Restore the book and calibration of the trained model."""
        places = Locations.from_environment()
        with model_storage.read_from(resource) as folder:
            book = book_from_json((folder / _SNAPSHOT).read_text(encoding="utf-8"))
            decider = Decider.restore(
                book, load_office(places.office), folder / _CALIBRATION, config["risk"], places.encoder
            )
        settle()
        return cls(config, model_storage, resource, decider)

    def train(self, training_data: TrainingData) -> Resource:
        """Calibrate the book (or reuse its calibration) and keep both in the model."""
        places = Locations.from_environment()
        book = load_rule_book(places.rules)
        self._decider = Decider.load(places, self._config["risk"])
        with self._storage.write_to(self._resource) as folder:
            (folder / _SNAPSHOT).write_text(book_to_json(book), encoding="utf-8")
            self._decider.save(folder / _CALIBRATION)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add: no later component learns from this one."""
        return training_data

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Set intent, response selector output and verdict on each message.

        Rasa gives the conversation to a component whose parameter is called ``tracker``; an empty
        one where there is none (``rasa test``, ``/model/parse``).
        """
        if self._decider is None:
            raise RuntimeError("RuleBookMatcher is neither trained nor loaded")
        for message in messages:
            decision = self._decider.decide(message.get(TEXT) or "", turns(tracker))
            _trace(message, decision)
            _annotate(message, decision)
            if decision.parts:
                message.set(PARTS, [asdict(part) for part in decision.parts], add_to_output=True)
        return messages


def _trace(message: Message, decision: Decision) -> None:
    """Log the decision for whoever debugs; hand it on only to who sent a trace id: the gateway."""
    trace_id = (message.get("metadata") or {}).get(TRACE_ID)
    if not trace_id and not logger.isEnabledFor(logging.DEBUG):
        return
    record = trace_record(decision, trace_id)
    logger.debug("decision %s", json.dumps(record, ensure_ascii=False))
    if trace_id:
        message.set(TRACE, record, add_to_output=True)


def _annotate(message: Message, decision: Decision) -> None:
    intent = RETRIEVAL_INTENT if decision.sure else OPEN_INTENT
    certainty = decision.confidence if decision.sure else 1 - decision.confidence
    top = {"name": intent, "confidence": certainty}
    other = OPEN_INTENT if decision.sure else RETRIEVAL_INTENT
    message.set(INTENT, top, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [top, {"name": other, "confidence": 1 - certainty}], add_to_output=True)
    message.set("response_selector", _selector_output(decision), add_to_output=True)


def _selector_output(decision: Decision) -> dict[str, Any]:
    """The output that Rasa's own ResponseSelector would give, from which ``utter_faq`` is chosen."""
    ranking = [
        {"confidence": c.confidence, "intent_response_key": f"{RETRIEVAL_INTENT}/{c.rule_id}"} for c in decision.candidates
    ]
    chosen = f"{RETRIEVAL_INTENT}/{decision.rule_id}" if decision.sure else None
    response = {
        "responses": [],
        "confidence": decision.confidence,
        "intent_response_key": chosen,
        "utter_action": f"utter_{chosen}" if chosen else None,
    }
    return {
        "all_retrieval_intents": [RETRIEVAL_INTENT],
        RETRIEVAL_INTENT: {"response": response, "ranking": ranking},
    }
