"""LoRA training on a tiny real model: what the loss sees, interruption, refusal, and the adapter it leaves."""
from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm import checkpoint, lora, pairs, weights
from llm.__main__ import HELD_BACK, main
from llm.cache import WeightsError
from llm.checkpoint import Checkpoint, Progress
from llm.curve import COLUMNS
from llm.evaluation.cases import read_cases
from llm.examples import VERDICT_WEIGHT, Example, encode_pair, fitting, pad, plan
from llm.framework import best_dtype
from llm.lora import ADAPTER, Trainer, load_adapter, read_manifest
from llm.pairs import Pair, read_pairs, write_pairs
from llm.prompt import END, REFUSAL, VERDICT_PLACE
from llm.train import PLAIN, TARGETS, TRAIN_HELP, Options, train
from llm.weights import describe, load_model
from rules.locations import ROOT
from tests.tiny_gemma import tiny_folder

PASSAGES = ({"id": "a", "title": "Horario", "text": "Abre a las 9."}, {"id": "b", "title": "Lugar", "text": "Edificio A."})
PAIRS = [
    Pair("¿A qué hora abren?", PASSAGES, "Abre a las 9.", "a", "Oficina", "answerable"),
    Pair("¿Dónde están?", PASSAGES, "Edificio A.", "b", "Oficina", "answerable"),
    Pair("¿Y la beca?", PASSAGES, "No lo sé.", None, "Becas", "unanswerable"),
    Pair("¿y cierra?", PASSAGES[:1], "Abre a las 9.", "a", "Oficina", "followup", (("user", "horario"),)),
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    return tiny_folder(tmp_path_factory.mktemp("preset") / "tiny", layers=2)


@pytest.fixture
def options(tiny, tmp_path) -> Options:
    for name in ("train.jsonl", "validation.jsonl"):
        write_pairs(tmp_path / name, PAIRS)
    return Options(
        out=tmp_path / "out", work=tmp_path / "work", pairs=tmp_path / "train.jsonl", preset=str(tiny),
        validation=tmp_path / "validation.jsonl", rank=2, learning_rate=0.01, epochs=3, batch=2, dtype="float32",
        checkpoint_every=1, measure_every=2,
    )  # fmt: skip


def kernels(folder: Path, preset: str) -> list[np.ndarray]:
    model = load_model(preset)
    load_adapter(model, folder, describe(preset))
    return [np.asarray(variable) for variable in model.backbone.trainable_variables]


def letters(text: str) -> list[int]:
    return [ord(sign) for sign in text]


# --- examples ---


def test_a_pair_teaches_to_answer_from_its_passage_and_to_refuse_beside_it():
    beside, gold = encode_pair(PAIRS[1], letters, start=2)
    assert all(example.prompt[0] == 2 and example.judged for example in (beside, gold))
    assert "".join(map(chr, gold.reply)) == f"[1] Edificio A.{END}"
    assert "Lugar: Edificio A." in "".join(map(chr, gold.prompt))
    assert "".join(map(chr, beside.reply)) == f"[0] No lo sé.{END}"
    assert "Horario: Abre a las 9." in "".join(map(chr, beside.prompt))


def test_a_question_that_nothing_answers_teaches_to_refuse_each_passage():
    replies = ["".join(map(chr, example.reply)) for example in encode_pair(PAIRS[2], letters, start=2)]
    assert replies == [f"[0] No lo sé.{END}"] * 2


def test_without_passages_only_question_and_answer_are_seen():
    (example,) = encode_pair(PAIRS[1], letters, start=2, passages=False)
    assert "Edificio" not in "".join(map(chr, example.prompt))
    assert "".join(map(chr, example.reply)) == f"Edificio A.{END}" and not example.judged


lengths = st.lists(st.integers(1, 90), min_size=1, max_size=150)


@given(lengths, st.integers(1, 9), st.integers(0, 5), st.integers(0, 5))
def test_every_example_comes_once_an_epoch_in_batches_that_repeat_for_the_same_seed(many, batch, seed, epoch):
    planned = plan(many, batch, seed, epoch)
    assert sorted(index for row in planned for index in row) == list(range(len(many)))
    assert all(len(row) <= batch for row in planned)
    assert plan(many, batch, seed, epoch) == planned


def test_epochs_differ_in_order_and_batches_are_alike_in_length():
    many = [20 + 7 * (index % 50) for index in range(400)]
    assert plan(many, 4, 0, 0) != plan(many, 4, 0, 1)
    padded = sum(max(many[index] for index in row) * len(row) for row in plan(many, 4, 0, 0))
    assert padded < 1.1 * sum(many)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(2, 40), st.booleans()), min_size=1, max_size=5))
@settings(deadline=None)
def test_each_place_predicts_the_next_token_of_the_reply_and_padding_weighs_nothing(shapes):
    examples = [Example((7,) * prompt, tuple(range(10, 10 + reply)), judged) for prompt, reply, judged in shapes]
    arrays = pad(examples)
    for row, example in enumerate(examples):
        count = len(example.reply)
        places = arrays["places"][row, :count]
        assert tuple(arrays["token_ids"][row][places + 1]) == example.reply == tuple(arrays["targets"][row, :count])
        assert arrays["padding_mask"][row].sum() == example.length
        assert (arrays["weights"][row, :count] >= 1).all() and not arrays["weights"][row, count:].any()
        assert (arrays["weights"][row, 1] > 1) == example.judged


def test_what_does_not_fit_is_left_out():
    short, long = Example((1,), (2, 3), False), Example((1,) * 9, (2, 3), False)
    assert fitting([short, long], 5) == [short]


# --- the loss ---


def test_the_loss_is_that_of_the_whole_model_on_the_reply_alone(tiny):
    model = load_model(str(tiny))
    example = encode_pair(PAIRS[0], lambda text: list(model.preprocessor.tokenizer(text)), start=2)[-1]
    tokens = np.array([example.prompt + example.reply], "int32")
    logits = np.asarray(model({"token_ids": tokens, "padding_mask": np.ones_like(tokens)}))[0].astype("float64")
    logits -= np.log(np.exp(logits).sum(-1, keepdims=True))
    expected = [-logits[len(example.prompt) + at - 1, token] for at, token in enumerate(example.reply)]
    expected[VERDICT_PLACE] *= VERDICT_WEIGHT
    trainer = Trainer(model, 2, TARGETS, 0.01)
    loss, weight, _ = trainer.measure(pad([example, Example((5,) * 3, (6, 7), False)][:1]))
    assert loss == pytest.approx(sum(expected), rel=1e-3) and weight == len(example.reply) + VERDICT_WEIGHT - 1


def test_a_neighbour_in_the_batch_changes_nothing(tiny):
    model = load_model(str(tiny))
    trainer = Trainer(model, 2, TARGETS, 0.01)
    one, other = (Example((5, 9) * n, (10, 20, 30), False) for n in (3, 40))
    alone = trainer.measure(pad([one]))[0] + trainer.measure(pad([other]))[0]
    assert trainer.measure(pad([one, other]))[0] == pytest.approx(alone, rel=1e-4)


# --- a run ---


def test_a_run_leaves_adapter_manifest_and_curve_and_lowers_the_loss(options, capsys):
    manifest = train(options)
    files = {path.name for path in options.out.iterdir()}
    assert files == {ADAPTER, lora.MANIFEST, "loss.csv", "loss.png"}
    rows = list(csv.DictReader((options.out / "loss.csv").open()))
    assert tuple(rows[0]) == COLUMNS and [row["step"] for row in rows] == ["2", "4", "6", "8", "10", "12"]
    assert float(rows[-1]["validation"]) < float(rows[0]["validation"])
    assert read_manifest(options.out) == manifest
    assert manifest.rank == 2 and manifest.figures["steps"] == 12 and "Gemma Terms of Use" in manifest.notice
    assert "7 ejemplos para entrenar" in capsys.readouterr().out


def test_an_interrupted_run_goes_on_and_ends_as_if_it_had_not_been(options, monkeypatch):
    whole = dataclasses.replace(options, out=options.out / "a", work=options.work / "a")
    train(whole)
    step, done = Trainer.step, []

    def killed(self, batch):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(1)
        return step(self, batch)

    cut = dataclasses.replace(options, out=options.out / "b", work=options.work / "b")
    monkeypatch.setattr(Trainer, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        train(cut)
    monkeypatch.setattr(Trainer, "step", step)
    said: list[str] = []
    train(cut, said.append)
    assert any("Sigo desde el paso 3 de 12" in line for line in said)
    for one, other in zip(kernels(whole.out, options.preset), kernels(cut.out, options.preset), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)


def test_an_unfinished_run_with_other_values_is_refused_and_restart_forgets_it(options, monkeypatch):
    def interrupted(self, batch):
        raise KeyboardInterrupt

    checkpoint.save(options.work, {"rank": 2}, Checkpoint(Progress(step=1), [np.zeros(1)], [np.zeros(1)]))
    with pytest.raises(WeightsError, match="sin terminar con otros valores de: .*batch.*--restart"):
        train(options)
    monkeypatch.setattr(Trainer, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(dataclasses.replace(options, restart=True))


def test_a_run_ends_early_when_validation_gets_no_better(options, monkeypatch):
    monkeypatch.setattr("llm.train.measure", lambda *_: (1.0, 0.5))
    manifest = train(dataclasses.replace(options, measure_every=1, epochs=9))
    assert manifest.figures["steps"] == 5


def test_a_loss_that_is_no_number_ends_the_run_with_advice(options, monkeypatch):
    monkeypatch.setattr(Trainer, "step", lambda self, batch: float("nan"))
    with pytest.raises(WeightsError, match="--learning-rate menor"):
        train(options)


def test_pairs_that_do_not_fit_or_cannot_be_read_are_told(options, capsys):
    with pytest.raises(ValueError, match="ningún par cabe en 10 tokens"):
        train(dataclasses.replace(options, length=10))
    options.pairs.write_text("{}\n")
    asked = ["train", "--pairs", str(options.pairs), "--preset", options.preset, "--work", str(options.work)]
    assert main(asked) == 2
    assert "train.jsonl:1" in capsys.readouterr().err


def test_every_setting_of_the_command_is_an_option():
    names = {field.name for field in dataclasses.fields(Options)}
    assert names == TRAIN_HELP.keys() | {"passages", "restart"}


def test_without_passages_other_pairs_are_learnt_and_the_shipped_adapter_stays(monkeypatch):
    chosen = []
    monkeypatch.setattr("llm.__main__.train", lambda options: chosen.append(options) or read_manifest(Options.out))
    assert main(["train", "--without-passages", "--epochs", "1"]) == 0
    assert main(["train", "--rank", "2"]) == 0
    assert chosen == [dataclasses.replace(PLAIN, epochs=1), Options(rank=2)]
    assert PLAIN.out != Options.out and PLAIN.work != Options.work


def test_the_pairs_without_passages_are_answers_on_all_topics_and_none_of_a_test():
    training, validation = read_pairs(PLAIN.pairs), read_pairs(PLAIN.validation)
    questions = [{(pair.question, pair.history) for pair in pairs} for pairs in (training, validation)]
    assert len(questions[0]) >= 617 and not questions[0] & questions[1]
    assert set(HELD_BACK) < {pair.topic for pair in training}
    assert REFUSAL not in {pair.answer for pair in training}
    tests = [case.question for case in read_cases(ROOT / "data/eval/generator.jsonl")]
    assert pairs.unlike(training, tests) == training


def test_without_their_passages_pairs_that_refuse_are_left_out():
    assert [(pair.answer, pair.gold) for pair in pairs.without_passages(PAIRS)] == [
        ("Abre a las 9.", None), ("Edificio A.", None), ("Abre a las 9.", None),
    ]  # fmt: skip


# --- checkpoints ---


def test_a_checkpoint_is_read_back_and_a_finished_run_starts_anew(tmp_path):
    state = Checkpoint(Progress(step=7, rows=[{"step": 7.0}]), [np.arange(3.0)], [np.ones((2, 2))])
    checkpoint.save(tmp_path, {"flags": (1, 2)}, state)
    found = checkpoint.load(tmp_path, {"flags": (1, 2)})
    assert found is not None and found.progress == state.progress
    np.testing.assert_array_equal(found.state[0], state.state[0])
    state.progress.done = True
    checkpoint.save(tmp_path, {"flags": (1, 2)}, state)
    assert checkpoint.load(tmp_path, {"flags": (1, 2)}) is None


def test_a_broken_checkpoint_is_told(tmp_path):
    (tmp_path / "checkpoint.npz").write_bytes(b"half")
    with pytest.raises(WeightsError, match="no se puede leer.*--restart"):
        checkpoint.load(tmp_path, {})


# --- adapters ---


@pytest.fixture(scope="module")
def adapter(tiny, tmp_path_factory) -> Path:
    """An adapter with visible effect, saved from a model."""
    folder = tmp_path_factory.mktemp("adapter")
    model = load_model(str(tiny))
    trainer = Trainer(model, 2, TARGETS, 0.05)
    for _ in range(3):
        trainer.step(pad([Example((5, 9, 11), (10, 20, 30), False)]))
    info = describe(str(tiny))
    manifest = lora.Manifest(
        info.preset, info.weights, info.vocabulary, lora.TEMPLATE_HASH, 2, TARGETS, True, "d",
        figures={"logits": logits(model)[0, :4].tolist()},
    )  # fmt: skip
    lora.save_adapter(model, manifest, folder)
    return folder


def logits(model) -> np.ndarray:
    tokens = np.array([[2, 300, 310, 320]], "int32")
    return np.asarray(model({"token_ids": tokens, "padding_mask": np.ones_like(tokens)}))[:, -1]


def test_a_loaded_adapter_answers_as_the_model_that_was_trained(tiny, adapter):
    model = load_model(str(tiny))
    before = logits(load_model(str(tiny)))[0, :4]
    manifest = load_adapter(model, adapter, describe(str(tiny)))
    np.testing.assert_allclose(logits(model)[0, :4], manifest.figures["logits"], atol=2e-3)
    assert np.abs(before - logits(model)[0, :4]).max() > 0.01


@pytest.mark.parametrize(("key", "named"), [("weights", "los pesos"), ("template", "la plantilla")])
def test_an_adapter_of_other_weights_or_prompt_is_refused(tiny, adapter, tmp_path, key, named):
    data = json.loads((adapter / lora.MANIFEST).read_text())
    (tmp_path / lora.MANIFEST).write_text(json.dumps(data | {key: "otro"}))
    with pytest.raises(WeightsError, match=f"{named}.*python -m llm train"):
        load_adapter(load_model(str(tiny)), tmp_path, describe(str(tiny)))


def test_a_missing_or_broken_adapter_is_told(tiny, adapter, tmp_path):
    info = describe(str(tiny))
    with pytest.raises(WeightsError, match="No hay adaptador"):
        load_adapter(load_model(str(tiny)), tmp_path, info)
    (tmp_path / lora.MANIFEST).write_text((adapter / lora.MANIFEST).read_text())
    (tmp_path / ADAPTER).write_bytes(b"half")
    with pytest.raises(WeightsError, match="No se pudo leer"):
        load_adapter(load_model(str(tiny)), tmp_path, info)
    (tmp_path / lora.MANIFEST).write_text("{}")
    with pytest.raises(WeightsError, match="no se entiende"):
        read_manifest(tmp_path)


def test_the_shipped_adapter_fits_the_real_weights():
    folder = Options.out
    if not weights.is_ready() or not (folder / lora.MANIFEST).is_file():
        pytest.skip("faltan los pesos (python -m llm pull gguf:270m) o el adaptador")
    lora.check_manifest(read_manifest(folder), describe(), folder)


def test_the_arithmetic_is_chosen_for_the_machine():
    assert best_dtype() in ("bfloat16", "float32")
