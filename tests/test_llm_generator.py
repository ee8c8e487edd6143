"""The model in this process: the same words as KerasHub's own loop, in batches, piece by piece."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.cache import WeightsError
from llm.decoding import BATCHES, MAX_NEW, MAX_PROMPT, in_batches, until_stop
from llm.engine import Choice, Engine, adapter_folder, choose, fetch, load_engine
from llm.examples import encode_pair
from llm.lora import Manifest, enable_lora, load_adapter, save_adapter
from llm.pairs import Pair
from llm.prompt import END, TEMPLATE_HASH, VERDICT_PLACE, render_prompt
from llm.train import TARGETS
from llm.weights import DEFAULT_PRESET, describe, load_model
from tests.tiny_gemma import tiny_folder

QUESTIONS = [
    "¿Dónde queda la ventanilla?",
    "inscripción",
    "el horario de los créditos en el trimestre, y la inscripción en ventanilla, por favor",
    "¿qué?",
    "no lo sé",
]
PROMPTS = [render_prompt(question, ("Lugar", "La ventanilla está en el edificio A.")) for question in QUESTIONS]


@pytest.fixture(scope="module")
def preset(tmp_path_factory) -> str:
    return str(tiny_folder(tmp_path_factory.mktemp("preset") / "tiny"))


@pytest.fixture(scope="module")
def adapter(preset, tmp_path_factory) -> Path:
    """An adapter that turns the tiny model's replies into others."""
    model, folder = load_model(preset), tmp_path_factory.mktemp("adapter")
    enable_lora(model, 2, TARGETS)
    random = np.random.default_rng(5)
    for variable in model.backbone.trainable_variables:
        variable.assign(random.normal(0, 0.3, variable.shape))
    info = describe(preset)
    manifest = Manifest(preset, info.weights, info.vocabulary, TEMPLATE_HASH, 2, TARGETS, True, "data")
    save_adapter(model, manifest, folder)
    return folder


@pytest.fixture(scope="module")
def engine(preset) -> Engine:
    return load_engine(Choice(preset, None), "float32")


@pytest.fixture(scope="module")
def expected(preset) -> dict[str, str]:
    """What KerasHub's own ``generate`` replies to each prompt."""
    return generated(load_model(preset))


def generated(model) -> dict[str, str]:
    """One call for all prompts, since each shape costs a trace; a reply may be longer than ours."""
    model.compile(sampler="greedy")
    length = max(len(model.preprocessor.tokenizer(prompt)) for prompt in PROMPTS) + 1 + MAX_NEW
    replies = model.generate(PROMPTS, max_length=length, strip_prompt=True)
    return {prompt: reply.partition(END)[0] for prompt, reply in zip(PROMPTS, replies, strict=True)}


def same(engine: Engine, reply: str, whole: str) -> bool:
    """Whether ``reply`` is ``whole``, or the first MAX_NEW tokens of it."""
    cut = len(engine.encode(whole)) - 1 > MAX_NEW
    return whole.startswith(reply) and len(reply) > 0 if cut else reply == whole


# --- decoding ---


def test_a_reply_is_word_for_word_that_of_keras_hub(engine, expected):
    for prompt in PROMPTS[:3]:
        [(_, reply)] = engine.complete([prompt])
        assert same(engine, reply, expected[prompt])


def test_in_a_batch_every_reply_is_the_same_as_alone(engine, expected):
    together = dict(engine.complete(PROMPTS))
    assert together.keys() == expected.keys()
    assert all(same(engine, reply, expected[prompt]) for prompt, reply in together.items())
    assert len(set(together.values())) > 1


def test_a_batch_holds_each_prompt_once_and_no_more_than_fit():
    prompts = [[1] * (1 + 7 * place % 23) for place in range(21)]
    batches = list(in_batches(prompts))
    assert sorted(place for batch in batches for place in batch) == list(range(21))
    assert max(map(len, batches)) <= BATCHES[-1]


def test_every_reply_ends_at_its_own_end_mark():
    steps = iter([[5, 9], [6, 0], [0, 7], [8, 8]])
    assert until_stop(steps, frozenset({0}), 2) == [[5, 6], [9]]
    assert next(steps) == [8, 8]  # nothing more was asked for


def test_a_reply_without_an_end_is_cut_at_the_greatest_length(engine):
    steps = list(engine.decoder.decode([[2, 300]]))
    assert len(steps) == MAX_NEW


@pytest.mark.parametrize("prompts", [[], [[]], [[1] * (MAX_PROMPT + 1)], [[1]] * (BATCHES[-1] + 1)])
def test_what_can_not_be_decoded_is_refused(engine, prompts):
    with pytest.raises(ValueError, match="prompts of"):
        next(engine.decoder.decode(prompts))


def test_a_prompt_that_is_too_long_does_not_fit(engine):
    assert engine.fits(PROMPTS[0])
    assert not engine.fits(render_prompt("z" * MAX_PROMPT, None))


# --- the opening ---


def test_an_answer_is_opened_as_in_training(engine):
    example = Pair("¿Dónde?", ({"id": "a", "title": "Lugar", "text": "Edificio A."},), "Edificio A.", "a", "", "answerable")
    encoded = encode_pair(example, lambda text: engine.encode(text)[1:], 2)[-1]
    prompt = render_prompt("¿Dónde?", ("Lugar", "Edificio A."))
    whole = [*encoded.prompt, *encoded.reply]
    opened = engine.encode_answer(prompt)
    assert whole[: len(opened)] == opened and engine.text([encoded.reply[VERDICT_PLACE]]) == "1"


# --- text ---


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="aábcñ ¿€\n漢😀ß", min_size=1, max_size=30), st.integers(0, 3))
def test_the_pieces_are_the_text_and_no_letter_is_cut(engine, text, pauses):
    tokens = engine.encode(text)[1:]
    waiting = [token for token in tokens for token in (*[None] * pauses, token)]
    pieces = list(engine.pieces(waiting))
    assert "".join(pieces) == engine.text(tokens) == text
    assert all("\ufffd" not in piece for piece in pieces)


# --- which model ---


def test_the_adapter_changes_the_replies_as_it_does_in_keras_hub(preset, adapter, expected):
    model = load_model(preset)
    load_adapter(model, adapter, describe(preset))
    theirs = generated(model)
    tuned = load_engine(Choice(preset, adapter), "float32")
    for prompt, reply in tuned.complete(PROMPTS[:2]):
        assert same(tuned, reply, theirs[prompt])
        assert not same(tuned, reply, expected[prompt])


def test_the_settings_name_the_model_and_its_adapter(tmp_path):
    assert choose() == Choice(DEFAULT_PRESET, adapter_folder(DEFAULT_PRESET))
    assert adapter_folder("gguf:270m").name == "gemma3_270m_cse"
    assert choose("gemma3_instruct_1b").adapter.name == "gemma3_instruct_1b_cse"
    assert choose("/un/modelo", str(tmp_path)) == Choice("/un/modelo", tmp_path)


def test_nothing_is_pulled_for_want_of_an_adapter(tmp_path):
    with pytest.raises(WeightsError, match="No hay adaptador"):
        fetch(Choice("no-existe", tmp_path))


@pytest.mark.timeout(300)
def test_why_a_pull_failed_is_told_in_one_sentence():
    with pytest.raises(WeightsError, match="^No conozco «no-existe»"):
        fetch(Choice("no-existe", None))
