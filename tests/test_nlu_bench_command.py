"""``python -m nlu.bench`` on public data in miniature, and the table it prints."""
from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nlu.bench.__main__ import build_parser, main, set_rows
from nlu.bench.ours import configurations
from nlu.bench.scoring import Point
from nlu.bench.table import as_markdown
from rules.locations import ROOT
from tests.bench_data import write_public_data


def test_one_run_prints_quality_and_speed(tmp_path: Path) -> None:
    public = write_public_data(tmp_path)
    sets = ("--sets", "clinc-first5", "banking-all", "--peers", "BM25", "--diet", "none")
    command = [sys.executable, "-m", "nlu.bench", str(public), *sets, "--limit", "6"]
    command += ["--sizes", "30", "--jobs", "2", "--kept", str(tmp_path / "kept")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines() if line.startswith("|")]
    quality = [line[:2] for line in lines if len(line) > 8][2:]
    ours = list(configurations(0.1))
    assert quality == [[name, engine] for name in ("clinc-first5", "banking-all") for engine in (*ours, "BM25")]
    speed = [line[0] for line in lines if len(line) == 5]
    assert speed[0] == "30 variants" and speed[2 : 2 + len(ours)] == ours
    assert "was not run on: clinc-first5, banking-all" in done.stdout


def test_a_folder_without_the_data_says_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", str(tmp_path), "--diet", "none", "--sets", "clinc-all", "--sizes"])
    assert main() == 1
    told = capsys.readouterr().err
    assert "clinc150.json" in told and "data_full.json" in told


def test_a_broken_promise_and_an_estimate_are_marked(tmp_path: Path) -> None:
    row, *_ = set_rows("clinc-first5", write_public_data(tmp_path), [], (), None, tmp_path)
    broken = Point(0.5, 0.2, (0.1, 0.3), 0.4, 0.9)
    marked = replace(row, points={**row.points, 0.05: broken}, proven={**(row.proven or {}), 0.05: False})
    cells = [cell.strip() for cell in as_markdown([marked]).splitlines()[-1].split("|")]
    assert cells[4:6] == ["50.0*", "20.0 [10.0–30.0] !"]
    kept = replace(marked, points={**row.points, 0.05: replace(broken, risk_interval=(0.05, 0.3))}, proven=None)
    assert [c.strip() for c in as_markdown([kept]).splitlines()[-1].split("|")][4:6] == ["50.0", "20.0 [5.0–30.0]"]


@pytest.mark.parametrize("argument", ["--sets=otro", "--peers=otro", "--diet=otro", "--limit=x"])
def test_unknown_choices_are_refused(argument: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        build_parser().parse_args([str(tmp_path), argument])
