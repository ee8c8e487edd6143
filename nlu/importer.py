"""The rule book as Rasa training data, without generated files.

Every variant becomes an example of ``faq/<rule id>``, every answer ``utter_faq/<rule id>`` with
its payload under ``custom`` (Rasa's REST channel drops response metadata; the turn's confidence
is put in by :mod:`nlu.responses`).
"""
from __future__ import annotations

import hashlib
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.payload import KIND_NO_ANSWER, rule_payload
from nlu.questions import read_messages
from nlu.sources import matcher_files
from rules.book import RuleBook, book_to_json, load_rule_book
from rules.locations import Locations
from rules.office import Office, load_office

RETRIEVAL_INTENT = "faq"
OPEN_INTENT = "consulta_abierta"


class RuleBookImporter(TrainingDataImporter):
    """Reads the office's book, profile and out-of-scope messages from :class:`Locations`."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        self._places = Locations.from_environment()
        self._book = load_rule_book(self._places.rules)
        self._office = load_office(self._places.office)

    def get_domain(self) -> Domain:
        """The answers of the book, and what is said when everything else fails."""
        return Domain.from_dict({"responses": {**_answers(self._book), **_no_answer(self._office)}})

    def get_nlu_data(self, language: str | None = "es") -> TrainingData:
        """The variants as examples, and messages that no rule answers for the open intent."""
        messages = [
            Message.build(text=question, intent=f"{RETRIEVAL_INTENT}/{rule.id}")
            for rule in self._book.rules
            for question in rule.questions
        ]
        if self._places.out_of_scope.is_file():
            outside = read_messages(self._places.out_of_scope)
            messages += [Message.build(text=text, intent=OPEN_INTENT) for text in outside]
        return TrainingData(messages, lookup_tables=[self._fingerprint()])

    def _fingerprint(self) -> dict[str, Any]:
        """All that the matcher learns from, so that Rasa's cache never revives an outdated one: the
        book with its answers and dates, the encoder, judged turns, fitted weights and the code itself."""
        digest = hashlib.sha256((self._places.encoder + book_to_json(self._book)).encode())
        for path in (self._places.judged_turns, *matcher_files()):
            digest.update(path.read_bytes() if path.is_file() else b"")
        return {"name": "rule_book", "elements": [digest.hexdigest()]}

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        return StoryGraph([])

    def get_config(self) -> dict[str, Any]:
        return {}

    def get_config_file_for_auto_config(self) -> str | None:
        return None


def _answers(book: RuleBook) -> dict[str, list[dict[str, Any]]]:
    return {
        f"utter_{RETRIEVAL_INTENT}/{rule.id}": [
            {"text": rule.answer, "custom": rule_payload(rule, book, 1.0)}
        ]
        for rule in book.rules
    }


def _no_answer(office: Office) -> dict[str, list[dict[str, Any]]]:
    custom = {"kind": KIND_NO_ANSWER, "rule_id": None, "confidence": 0.0, "sources": [], "suggestions": []}
    return {"utter_no_answer": [{"text": f"{office.no_answer} {office.where()}", "custom": custom}]}
