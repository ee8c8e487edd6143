"""Ablation of the bench: every input in some group, each loss against the whole model."""
from __future__ import annotations

import pytest

from nlu.bench.ablation import Effect, effects, groups
from nlu.bench.table import ablation_table
from nlu.confidence import STAGES, Stage
from nlu.development import DevelopmentBook, make_book
from nlu.encoder import load_encoder
from nlu.questions import Question
from tests.bench_data import ASKED, INTENTS, OUTSIDE
from tests.nlu_books import OUT_OF_SCOPE, VARIANTS

ENGLISH = [Question(f"{text} {word}", rule) for rule, text in ASKED.items() for word in ("now", "please", "or not")]
SPANISH = [Question(f"oigan {text} o no", rule) for rule, texts in VARIANTS.items() for text in texts]


@pytest.fixture(scope="module")
def found() -> dict[str, list[Effect]]:
    encoder = load_encoder()
    if encoder is None:
        pytest.skip("no sentence encoder is installed")
    spanish = (*SPANISH, *(Question(text, None) for text in OUT_OF_SCOPE))
    english = (*ENGLISH, *(Question(text, None) for text in OUTSIDE))
    books = [DevelopmentBook("own-5", make_book(VARIANTS), spanish), DevelopmentBook("clinc-5", make_book(INTENTS), english)]
    return effects(books, encoder, 0.05)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_input_is_taken_out_once_at_least(stage: Stage) -> None:
    assert {name for names in groups(stage.inputs).values() for name in names} == set(stage.inputs)


def test_the_whole_model_comes_first_and_the_greatest_loss_next(found: dict[str, list[Effect]]) -> None:
    for stage in STAGES:
        whole, *others = found[stage.name]
        assert whole.group == "" and {effect.group for effect in others} == set(groups(stage.inputs))
        losses = [effect.mean for effect in others]
        assert losses == sorted(losses)
        for effect in (whole, *others):
            assert set(effect.coverage) == {"own", "clinc"}
            assert all(0 <= share <= 1 for share in effect.coverage.values())


def test_the_table_tells_changes_in_points() -> None:
    table = ablation_table([Effect("", {"own": 0.8, "clinc": 0.6}), Effect("length", {"own": 0.75, "clinc": 0.62})], 0.05)
    assert [cell.strip() for cell in table.splitlines()[-1].split("|")[1:-1]] == ["without length", "-5.0", "+2.0", "-1.5"]
    assert [cell.strip() for cell in table.splitlines()[2].split("|")[1:-1]] == ["(whole model)", "80.0", "60.0", "70.0"]
