"""What may be quoted: citable documents and valid rules, nothing else."""
import datetime as dt
from dataclasses import replace

import pytest

from llm.passages import load_passages
from llm.retrieval import Index
from rules.book import RuleBook, load_rule_book
from rules.facts import load_documents
from rules.locations import Locations

LAST_DAY = dt.date(2027, 1, 15)


@pytest.fixture(scope="module")
def office_texts():
    places = Locations.from_environment({})
    return load_rule_book(places.rules), load_documents(places.documents)


def test_documents_that_may_not_be_cited_and_small_talk_are_no_passages(office_texts):
    book, documents = office_texts
    ids = {passage.id for passage in load_passages(book, documents)}
    hidden = {fact.id for fact in documents.passages if not fact.citable}
    small_talk = {rule.id for rule in book.rules if rule.type == "charla"}
    assert hidden and small_talk
    assert ids.isdisjoint(hidden | small_talk)
    assert {fact.id for fact in documents.passages} - hidden <= ids


def test_every_passage_names_where_it_comes_from(office_texts):
    for passage in load_passages(*office_texts):
        assert passage.nobody_knows or (passage.sources and passage.origin), passage.id


def test_weak_backing_is_said_before_the_source(office_texts):
    by_id = {passage.id: passage for passage in load_passages(*office_texts)}
    assert by_id["H1.07"].origin.startswith("información no oficial (")
    assert by_id["H1.09"].origin == "el uso general, sin documento oficial a la mano"
    assert "no oficial" not in by_id["H4.02"].origin


def test_a_documents_topic_is_the_one_by_which_the_office_says_where_to_ask(office_texts):
    book, documents = office_texts
    by_id = {passage.id: passage for passage in load_passages(book, documents)}
    assert by_id["H3.01"].topic == "Nuevo ingreso a licenciatura"


@pytest.mark.parametrize(("today", "found"), [(LAST_DAY, True), (LAST_DAY + dt.timedelta(days=1), False)])
def test_an_expired_rule_is_no_passage_from_the_day_after(office_texts, today, found):
    book, documents = office_texts
    rule = replace(book.by_id["renuncia_uea"], valid_until=LAST_DAY)
    rules = tuple(rule if other.id == rule.id else other for other in book.rules)
    index = Index(load_passages(RuleBook(rules), documents))
    hits = index.search("¿Cómo renuncio a una UEA?", today)
    assert (rule.id in {hit.passage.id for hit in hits}) is found
