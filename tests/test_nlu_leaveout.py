"""Left-out turns: what a book answers about variants, or whole rules, that it never saw."""
from __future__ import annotations

import numpy as np
import pytest

from nlu.calibration import calibrate
from nlu.confidence import AMPLE_FROM
from nlu.leaveout import at_share, without_their_rule, without_themselves
from nlu.matcher import Matcher
from rules.book import Rule, RuleBook

NOUNS = ["credencial", "beca", "titulo", "constancia"]


def matcher(variants: int) -> Matcher:
    frames = [f"como saco mi {{}} en la ventanilla {n}" for n in range(variants)]
    rules = (Rule(noun, "", "oficial", tuple(f.format(noun) for f in frames), noun) for noun in NOUNS)
    return Matcher(RuleBook(tuple(rules)))


def test_without_its_rule_every_answer_is_wrong() -> None:
    turns = without_their_rule(matcher(5))
    assert len(turns.right) == 20 and not turns.right.any()
    assert turns.values.shape[0] == len(turns.rules) == 20


def test_without_itself_a_variant_is_found_by_its_siblings() -> None:
    assert without_themselves(matcher(5)).right.all()


def test_one_rule_alone_has_no_wrong_candidate() -> None:
    alone = Matcher(RuleBook((Rule("a", "", "oficial", ("hola", "buenas"), "a"),)))
    assert len(without_their_rule(alone).right) == 0


def test_only_an_ample_book_is_measured_on_its_own_turns() -> None:
    assert calibrate(matcher(AMPLE_FROM - 1)).own == ()
    assert calibrate(matcher(AMPLE_FROM)).own


@pytest.mark.parametrize("inside", [8, 80])
def test_out_of_scope_turns_are_drawn_at_the_stated_share(inside: int) -> None:
    outside = np.repeat([False, True], [inside, 500])
    kept = at_share(outside, 0.2)
    assert kept[:inside].all()
    assert kept.sum() == inside + inside // 4
