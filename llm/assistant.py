"""From the conversation to a task: load the office's texts, search them, weigh the support."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from llm.backends import Answer, Backend, History, LastAnswer, Task
from llm.follow_up import most_relevant
from llm.grounded import Grounded
from llm.history import readings
from llm.passages import Passage, load_passages
from llm.quoter import Quoter
from llm.relevance import OPINIONS, Relevant, rated
from llm.retrieval import Index
from llm.support import content_words, holds_all, support
from llm.told import share_said
from llm.writer import Writer
from nlu.context import DISTINCT, LOOKALIKE, RATHER
from nlu.datum import kinds_asked
from nlu.decision import Decider, Decision
from nlu.followup import is_elliptic
from nlu.payload import MAX_SUGGESTIONS
from nlu.replay import replayed
from nlu.sequel import Sequel
from nlu.subjects import asks_only_a_datum
from nlu.text import normalize
from rules.book import RuleBook
from rules.facts import Documents, load_documents
from rules.locations import Locations
from rules.office import Office

WRITING_SECONDS = 6.0
# Share of an answer's words, by weight, that the passage it was made of holds.
_MADE_OF = 0.5
# Distinct words from which an answer tells what it was made of: «Un trámite.» may be anything's.
_TELLING = 3
# Confidence (0–1) from which the matcher's rule is offered where nothing can be answered: 11 % of the judged foreign messages
# (26 % at 0.2), and the right rule of 74 % of the judged questions that are not surely answered (84 %).
_LIKELY = 0.4
# Confidence (0–1) from which it is offered rather than the page's quick topics.
_POSSIBLE = 0.2
# From which one is offered that the matcher reads a later turn as asking for.
_LIKELY_SEQUEL = 0.1


class Assistant:
    """The office's texts, searchable, and the backend that answers from them: with ``writer`` it
    writes, for at most ``seconds`` an answer; without one it quotes. ``decider``, made for ``book`` (unless
    that is empty) if not given, says which rules a question is likely about."""

    def __init__(
        self,
        book: RuleBook,
        documents: Documents,
        office: Office,
        writer: Writer | None = None,
        seconds: float = WRITING_SECONDS,
        decider: Decider | None = None,
    ) -> None:
        self.book = book
        self.office = office
        self.index = Index(load_passages(book, documents))
        self._under_rules = frozenset(fact for rule in book.rules for fact in rule.facts)
        self._decider = decider or (Decider(book, office) if len(book) else None)
        self._quoter = Quoter(book, office, self.index)
        self.backend: Backend = self._quoter
        if writer:
            self.backend = Grounded(writer, self._quoter, office, self.index, seconds)

    @classmethod
    def load(
        cls, locations: Locations | None = None, writer: Writer | None = None, seconds: float = WRITING_SECONDS
    ) -> Assistant:
        """Read the files of ``locations`` (default: as the environment says).

        Raises:
            rules.source.SourceError, rules.book.RuleBookError, rules.facts.DocumentsError,
            rules.office.OfficeError: a file is missing or faulty; all are ValueError.
        """
        places = locations or Locations.from_environment()
        decider, documents = Decider.load(places), load_documents(places.documents)
        return cls(decider.book, documents, decider.office, writer, seconds, decider)

    def task(self, messages: Sequence[tuple[str, str]], today: dt.date | None = None) -> Task:
        """The task for the last user message of ``messages`` ((role, text), at least one by the user).

        ``today`` (default: the office's date now) decides which passages are still valid.
        """
        last = max(i for i, (role, _) in enumerate(messages) if role == "user")
        history = tuple(messages[:last])
        question = self._completed(self._core(messages[last][1]), history)
        date = today or self.office.today()
        nameless = self._nameless(question) or self._nameless(messages[last][1])
        earlier = [self._core(text) for role, text in history if role == "user"]
        tasks = (self._in_context(reading, earlier, history, date) for reading in (question, *nameless))
        task = next(tasks)
        if not _is_answered(task):
            task = next(filter(_is_answered, tasks), task)
        if self._decider is None or (task.last and kinds_asked(normalize(question))):  # «requisitos», of what was answered last
            return task
        return replace(task, about=self._valid(self._decider.about(question), date))

    def answer(self, task: Task) -> Answer:
        """The backend's whole answer."""
        return next(part for part in self.backend.write(task) if isinstance(part, Answer))

    def ready(self) -> bool:
        """Whether the backend answers, and a quick topic of the office finds its passage (no model is asked)."""
        canary = self.office.quick_topics[0].message
        return self.backend.ready() and bool(self._quoter.answer(self.task([("user", canary)])).text)

    def passage(self, passage_id: str) -> Passage:
        """The passage of that id.

        Raises:
            KeyError: there is none.
        """
        passage = self.index.passage(passage_id)
        if passage is None:
            raise KeyError(passage_id)
        return passage

    def _in_context(self, question: str, earlier: Sequence[str], history: History, today: dt.date) -> Task:
        """The task of ``question`` after the turns before it, in which ``earlier`` was asked."""
        texts = readings(question, earlier)
        read = self._read_alone if texts == [question] else self._read_both
        return read(question, texts, history, today)

    def _completed(self, question: str, history: History) -> str:
        """``question`` with the subject that the turn before it only named: «credencial», then «costo»."""
        if self._decider is None or not history or not asks_only_a_datum(question):
            return question
        return self._decider.completed(question, replayed(history, self._decider))

    def _nameless(self, message: str) -> tuple[str, ...]:
        return self._decider.nameless(message) if self._decider else ()

    def _core(self, message: str) -> str:
        return self._decider.core(message) if self._decider else message

    def _read_alone(self, question: str, texts: Sequence[str], history: History, today: dt.date) -> Task:
        """The task of a question that names its own subject: what the matcher reads it as asking for after the turns
        before it counts too."""
        task, _ = self._read(question, question, history, today)
        return replace(task, relevant=_rather(task.relevant, self._as_relevant(self._sequel(question, history), today)))

    def _read_both(self, question: str, texts: Sequence[str], history: History, today: dt.date) -> Task:
        """The task of the reading, after the turn before it or alone, that found what answers; of the first of
        ``texts`` if none does."""
        with_before = next(text for text in texts if text != question)
        joined, found_joined = self._read(question, with_before, history, today)
        alone, found_alone = self._read(question, question, history, today)
        last = self._last_answer(history, today)
        found = most_relevant(found_joined, found_alone, last.passage if last else None)
        sequel = self._sequel(question, history)
        best = _rather(found, self._as_relevant(sequel, today))
        own = alone.relevant
        if own and own.enough and not (best and best.enough) and self._stands_alone(question, own.passage):
            return replace(alone, last=last)
        if best is None or not best.enough:
            task = joined if texts[0] == with_before else alone
        else:
            by_reading = [
                next((one.probability for one in found if one.passage is best.passage), 0.0)
                for found in (found_joined, found_alone)
            ]
            task = joined if by_reading[0] > by_reading[1] else alone
        likely = dict.fromkeys((*self._likely_next(sequel, last, today), *task.likely))
        return replace(task, relevant=best, last=last, likely=tuple(likely))

    def _sequel(self, question: str, history: History) -> Sequel | None:
        return self._decider.sequel(question, replayed(history, self._decider)) if self._decider and history else None

    def _as_relevant(self, sequel: Sequel | None, today: dt.date) -> Relevant | None:
        """What the matcher reads the question as asking for, after the turns before it."""
        valid = self._valid((sequel.rule_id,), today) if sequel else ()
        return Relevant(self.passage(valid[0]), sequel.confidence) if sequel and valid else None

    def _likely_next(self, sequel: Sequel | None, last: LastAnswer | None, today: dt.date) -> list[str]:
        """The rules that the question most likely asks for as a sequel, but for what was just told."""
        if sequel is None or sequel.confidence < _LIKELY_SEQUEL:
            return []
        ranked = self._valid((sequel.rule_id, *sequel.others), today)
        return [rule_id for rule_id in ranked if not last or rule_id != last.passage.id][:MAX_SUGGESTIONS]

    def _stands_alone(self, question: str, passage: Passage) -> bool:
        """Whether the question names a subject of its own, and all that it names is the passage's: a new topic."""
        return not is_elliptic(question) and bool(content_words(question)) and holds_all(self.index, question, passage)

    def _last_answer(self, history: History, today: dt.date) -> LastAnswer | None:
        """The bot's last answer that was made of a passage, as the search tells; a «no lo sé» and small talk are not.
        Where the search can't tell, as of a client that keeps only the questions: what would have answered the last.
        """
        said = [text for role, text in history if role == "assistant"]
        answers = [text for text in said if not text.startswith(self.office.declining)]
        if said and not answers:
            return None
        text = answers[-1] if answers else ""
        hits = self.index.search(text, today)
        whole = [hit for hit in hits if hit.passage.text in text]  # word for word, before what only resembles it
        for hit in (*whole, *hits)[:1]:
            if len(set(content_words(text))) >= _TELLING and share_said(text, hit.passage.text, self.index) >= _MADE_OF:
                return LastAnswer(text, hit.passage)
        question = next((text for role, text in reversed(history) if role == "user"), "")
        before = self._read(question, question, (), today)[0].relevant
        return LastAnswer(text, before.passage) if before and before.enough else None

    def _read(self, question: str, search: str, history: History, today: dt.date) -> tuple[Task, tuple[Relevant, ...]]:
        """The task of one reading, and its candidates."""
        hits = tuple(self.index.search(search, today))
        found = support(self.index, search, hits)
        if search != question and hits and not holds_all(self.index, question, hits[0].passage):
            # The earlier turn alone found this passage: it need not answer the present one.
            found = replace(found, on_topic=False)
        opinion = self._decider.confidences(search, OPINIONS) if self._decider else {}
        alone = self._decider.decide(question, None, today) if self._decider and search == question else None
        candidates = rated(self.index, question, search, hits, opinion, _official(alone))
        relevant = candidates[0] if candidates else None
        if relevant and relevant.passage is hits[0].passage and found.on_topic and not self._has_rule(relevant.passage):
            # The model was fitted where rules rest on the documents; of one without a rule the search alone tells.
            relevant = replace(relevant, probability=max(relevant.probability, found.probability))
            candidates = (relevant, *candidates[1:])
        likely = self._known(opinion, _LIKELY, today)
        possible = self._known(_unruled(alone) if alone else opinion, _POSSIBLE, today)
        return Task(question, search, history, hits, found, relevant, likely=likely, possible=possible), candidates

    def _has_rule(self, passage: Passage) -> bool:
        """Whether ``passage`` is a rule's, or some rule rests on its facts."""
        return passage.rule is not None or not self._under_rules.isdisjoint(passage.facts)

    def _known(self, rated_rules: Mapping[str, float], least: float, today: dt.date) -> tuple[str, ...]:
        """The rules that can be shown and in which the confidence is ``least`` (0–1) or more."""
        return self._valid((rule for rule, confidence in rated_rules.items() if confidence >= least), today)

    def _valid(self, rule_ids: Iterable[str], today: dt.date) -> tuple[str, ...]:
        """Those of ``rule_ids`` that can be quoted and have not expired."""
        found = ((rule_id, self.index.passage(rule_id)) for rule_id in rule_ids)
        return tuple(rule_id for rule_id, passage in found if passage and not (passage.rule and passage.rule.expired(today)))


def _is_answered(task: Task) -> bool:
    return task.relevant is not None and task.relevant.enough


def _official(alone: Decision | None) -> dict[str, float]:
    """The rule that would answer the question by itself, with the matcher's confidence (0–1)."""
    return {alone.rule_id: alone.confidence} if alone and alone.rule_id and not alone.parts else {}


def _unruled(alone: Decision) -> dict[str, float]:
    """The confidence (0–1) in each of the likeliest rules but one that the office keeps from the question. Of a short
    question that names what the rule never says the matcher's opinion is 0, but the rule may be meant."""
    kept_out = alone.candidates[:1] if alone.reason in (LOOKALIKE, DISTINCT) else ()
    return {candidate.rule_id: candidate.confidence for candidate in alone.candidates if candidate not in kept_out}


def _rather(found: Relevant | None, sequel: Relevant | None) -> Relevant | None:
    """The likelier one; but where they differ the sequel as soon as it is somewhat likely: of the development turns where
    the search was sure of another passage that was right in six and the search in one."""
    if found and sequel and found.passage is not sequel.passage and sequel.probability >= RATHER:
        return sequel
    return max((one for one in (found, sequel) if one), key=lambda one: one.probability, default=None)
