"""The checks of a rule book, one a file. To add one, write it beside these and list it here."""
from __future__ import annotations

from rules.checks.answer_length import AnswerLength
from rules.checks.bare_question import BareQuestion
from rules.checks.base import Check
from rules.checks.close_questions import CloseQuestions
from rules.checks.context import Context
from rules.checks.cut_text import CutText
from rules.checks.damaged_text import DamagedText
from rules.checks.date_format import DateFormat
from rules.checks.documents import DocumentFaults
from rules.checks.duplicate_id import DuplicateId
from rules.checks.duplicate_key import DuplicateKey
from rules.checks.duplicate_question import DuplicateQuestion
from rules.checks.empty_value import EmptyValue
from rules.checks.encoding import Encoding
from rules.checks.excluded_question import ExcludedQuestion
from rules.checks.expired import Expired
from rules.checks.few_variants import FewVariants
from rules.checks.future_review import FutureReview
from rules.checks.id_format import IdFormat
from rules.checks.joined_lines import JoinedLines
from rules.checks.missing_key import MissingKey
from rules.checks.mixed_offices import MixedOffices
from rules.checks.no_place_to_ask import NoPlaceToAsk
from rules.checks.question_length import QuestionLength
from rules.checks.redundant_variant import RedundantVariant
from rules.checks.repeated_item import RepeatedItem
from rules.checks.reversed_dates import ReversedDates
from rules.checks.rule_type import RuleType
from rules.checks.stale_review import StaleReview
from rules.checks.stray_file import StrayFile
from rules.checks.stray_quote import StrayQuote
from rules.checks.swallowed_key import SwallowedKey
from rules.checks.syntax import Syntax
from rules.checks.thin_book import ThinBook
from rules.checks.unanswered_topic import UnansweredTopic
from rules.checks.unknown_fact import UnknownFact
from rules.checks.unknown_key import UnknownKey
from rules.checks.unknown_name import UnknownName
from rules.checks.unknown_related import UnknownRelated
from rules.checks.unknown_scope import UnknownScope
from rules.checks.unknown_topic import UnknownTopic
from rules.checks.unsupported_figure import UnsupportedFigure
from rules.checks.unsupported_profile import UnsupportedProfile
from rules.checks.urgent_value import UrgentValue
from rules.checks.url_format import UrlFormat
from rules.checks.wrong_type import WrongType
from rules.problems import Problem

# In the order of the table in LEEME.md: first what stops a file, last what is only advice.
CHECKS: tuple[Check, ...] = (
    MixedOffices(), Syntax(), Encoding(), DamagedText(), CutText(), SwallowedKey(), JoinedLines(), StrayQuote(),
    DuplicateKey(), UnknownKey(), MissingKey(), EmptyValue(), WrongType(), RuleType(), UrgentValue(),
    IdFormat(), DuplicateId(), DateFormat(), FutureReview(), ReversedDates(), UrlFormat(), AnswerLength(),
    QuestionLength(), BareQuestion(), RepeatedItem(), DuplicateQuestion(), ExcludedQuestion(), UnknownRelated(),
    UnknownFact(), UnknownScope(), UnsupportedFigure(), DocumentFaults(),
    UnknownName(), CloseQuestions(), RedundantVariant(), FewVariants(), ThinBook(), NoPlaceToAsk(), Expired(), StaleReview(),
    StrayFile(), UnknownTopic(), UnansweredTopic(), UnsupportedProfile(),
)  # fmt: skip


def run_checks(context: Context) -> list[Problem]:
    """Every problem of the book, by file, line and column. That it meets another office's documents or profile comes
    before the dozens of problems which that makes."""
    found = {problem for check in CHECKS for problem in check.problems(context)}
    return sorted(found, key=lambda problem: (problem.check != MixedOffices.id, problem.order))


def summary_table() -> str:
    """The checks as the Markdown table of rules/LEEME.md, from their docstrings."""
    rows = [f"| `{check.id}` | {check.level} | {summary(check)} |" for check in CHECKS]
    return "\n".join(["| Identificador | Nivel | Qué pasó |", "|---|---|---|", *rows])


def summary(check: Check) -> str:
    """The first line of the check's docstring."""
    return (check.__doc__ or "").strip().splitlines()[0]
