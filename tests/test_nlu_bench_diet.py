"""Stock Rasa as a peer: trained and asked in its own Python, kept by what went into it."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlu.bench import diet
from nlu.bench.sets import BenchSet
from nlu.bench.table import as_markdown, stock_lines
from nlu.development import make_book
from nlu.questions import Question
from tests.bench_data import ASKED, INTENTS

BOOK = make_book(INTENTS)
ASKED_TURNS = tuple(Question(text, rule) for rule, text in ASKED.items())


@pytest.mark.system
@pytest.mark.timeout(900)
def test_rasa_is_trained_asked_and_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not diet.RASA_PYTHON.is_file():
        pytest.skip("the Rasa environment is not built")
    monkeypatch.setattr(diet, "CONFIG", diet.CONFIG.replace("epochs: 100", "epochs: 20"))
    bench_set = BenchSet("clinc-first5", BOOK, BOOK, ASKED_TURNS, (*ASKED_TURNS, Question("zzz qqq", None)))
    row = diet.diet_row(bench_set, tmp_path)
    assert row.accuracy == 1 and row.cost.train_seconds > 1 and row.cost.median_ms > 0
    assert row.stock is not None and row.stock.coverage is not None
    assert "stock Rasa" in as_markdown([row]) and "default threshold" in stock_lines([row])[0]
    (kept,) = tmp_path.iterdir()
    monkeypatch.setattr(diet, "RASA_PYTHON", tmp_path / "none")
    assert diet.diet_row(bench_set, tmp_path) == row and kept.is_file()


def test_what_was_kept_is_read_in_the_order_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [["lost_card", 0.9, False, 10.0, 2.0], ["weather", 0.2, True, 12.0, 2.0], [None, 0.0, True, 30.0, 4.0]]
    result = json.dumps({"train_seconds": 7.5, "answers": lines})
    monkeypatch.setattr(diet, "_work", lambda job, kept: kept.write_text(result, encoding="utf-8"))
    run = diet.run_diet(BOOK, ASKED_TURNS, tmp_path)
    assert [answer.rule for answer in run.answers] == ["lost_card", "weather", None]
    assert run.refused.tolist() == [False, True, True]
    assert (run.cost.train_seconds, run.cost.median_ms, run.cost.ratio) == (7.5, 12.0, 6.0)


def test_a_missing_environment_is_told_with_its_mend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(diet, "RASA_PYTHON", tmp_path / "none")
    with pytest.raises(diet.DietError, match="make setup"):
        diet.run_diet(BOOK, ASKED_TURNS, tmp_path)
    assert not list(tmp_path.iterdir())
