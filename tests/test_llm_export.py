"""Exports: the adapter is in them, text is cut and asked the same way, and other engines compute the same."""
from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from sentencepiece import SentencePieceProcessor

from llm import __main__ as commands
from llm.cache import WeightsError
from llm.export import command, folder, gguf_file, merge, peer, proof, reference, tokenizer
from llm.lora import Manifest, enable_lora, save_adapter
from llm.pieces import CONTROL, build_model, crop_model, read_pieces
from llm.prompt import END, START, TEMPLATE_HASH
from llm.train import TARGETS
from llm.vocabulary import choose_ids
from llm.weights import describe, load_model
from tests.tiny_gemma import LETTERS, WORDS, tiny_folder, tiny_pieces

needs_peer = pytest.mark.skipif(not peer.has_peer(), reason="falta .venv-peer: make peer")
PIECES = tiny_pieces()
KEPT = choose_ids(PIECES, [(word, 1.0) for word in WORDS], 430)
MODELS = {"whole": build_model(PIECES), "cropped": crop_model(build_model(PIECES), KEPT)}
_RANK = 4


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A tiny model with a random adapter, exported; the preset, the adapter, the reference beside it."""
    root = tmp_path_factory.mktemp("export")
    tiny_folder(root / "preset")
    model = tuned(root / "preset")
    save_adapter(model, manifest(root / "preset"), root / "adapter")
    (root / "reference").mkdir()
    (root / "hf").mkdir()
    reference.write_reference(model, root / "reference")
    assert merge.merge_adapter(model) == len(TARGETS) * 6
    folder.write_folder(model, root / "hf")
    return root


def tuned(preset: Path):
    model = load_model(str(preset))
    enable_lora(model, _RANK, TARGETS)
    random = np.random.default_rng(0)
    for weight in model.backbone.trainable_variables:
        weight.assign(random.normal(0, 0.3, weight.shape).astype("float16"))
    return model


def manifest(preset: Path) -> Manifest:
    info = describe(str(preset))
    return Manifest(str(preset), info.weights, info.vocabulary, TEMPLATE_HASH, _RANK, TARGETS, True, "", notice=info.notice)


def rows(made: Path) -> list[dict]:
    return json.loads((made / "reference" / reference.REFERENCE).read_text("utf-8"))


# --- merging ---


def test_a_merged_model_computes_what_it_did_with_its_adapter(made):
    model = tuned(made / "preset")
    tokens = rows(made)[0]["ids"]
    base = reference.logits(load_model(str(made / "preset")), tokens)
    before = reference.logits(model, tokens)
    merge.merge_adapter(model)
    np.testing.assert_allclose(reference.logits(model, tokens), before, atol=1e-5)
    assert np.abs(before - base).max() > 0.01


def test_the_exported_kernels_hold_the_adapter(made, tmp_path):
    folder.write_folder(load_model(str(made / "preset")), tmp_path)
    base, merged = load_file(tmp_path / folder.WEIGHTS), load_file(made / "hf" / folder.WEIGHTS)
    assert base.keys() == merged.keys()
    changed = {name.split(".")[-2] for name in base if not np.array_equal(base[name], merged[name])}
    assert changed == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}


# --- the tokenizer ---


@pytest.mark.parametrize("vocabulary", MODELS)
@settings(deadline=None)  # the first text waits for the tokenizer
@given(text=st.one_of(st.text(max_size=40), st.text(alphabet=LETTERS + " \n", max_size=80)))
def test_the_fast_tokenizer_cuts_any_text_as_sentencepiece_does(vocabulary, text):
    # What names a special token is that token to the fast tokenizer.
    text = "".join(sign for sign in text.replace("<unk>", "") if sign not in "\u2581\0")
    fast = fast_tokenizer(vocabulary)
    ids = fast.encode(text, add_special_tokens=False).ids
    assert ids == SentencePieceProcessor(model_proto=MODELS[vocabulary]).encode(text)
    assert fast.decode(ids, skip_special_tokens=False) == text


@cache
def fast_tokenizer(vocabulary: str):
    return tokenizer.build_tokenizer(read_pieces(MODELS[vocabulary]))


def test_turns_are_single_tokens_and_every_text_is_opened():
    ids = fast_tokenizer("whole").encode(f"{START}user\nla{END}").ids
    texts = [PIECES[index].text for index in ids]
    assert texts[:2] == ["<bos>", START] and texts[-1] == END


# --- the folder ---


def test_a_reply_ends_at_the_end_of_a_turn(made):
    generation = json.loads((made / "hf/generation_config.json").read_text())
    assert [PIECES[index].text for index in generation["eos_token_id"]] == ["<eos>", END]
    assert generation["do_sample"] is False


@needs_peer
def test_transformers_computes_what_keras_does(made):
    said = proof.prove_folder(made / "hf", made / "reference")
    assert all(line.endswith("3 de 3") for line in said[1:])


@needs_peer
def test_a_folder_without_the_adapter_is_told_from_the_tuned_model(made, tmp_path):
    folder.write_folder(load_model(str(made / "preset")), tmp_path)
    with pytest.raises(peer.PeerError, match="no es el mismo modelo.*diferencia máxima"):
        proof.prove_folder(tmp_path, made / "reference")


@needs_peer
def test_a_folder_without_the_chat_template_is_refused(made, tmp_path):
    broken = shutil.copytree(made / "hf", tmp_path / "hf")
    config = json.loads((broken / "tokenizer_config.json").read_text())
    config["chat_template"] = config["chat_template"].replace(START, "")
    (broken / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(peer.PeerError, match="la misma plantilla de conversación: 0 de 3"):
        proof.prove_folder(broken, made / "reference")


# --- GGUF ---


@pytest.mark.parametrize("kind", gguf_file.KINDS)
def test_a_gguf_file_holds_the_same_weights(made, tmp_path, kind):
    from gguf import GGUFReader, dequantize

    gguf_file.write_gguf(made / "hf", tmp_path / "model.gguf", kind)
    weights = load_file(made / "hf" / folder.WEIGHTS)
    tensors = {tensor.name: tensor for tensor in GGUFReader(tmp_path / "model.gguf").tensors}
    assert len(tensors) == len(weights)
    pairs = {"token_embd": "model.embed_tokens", "blk.5.ffn_up": "model.layers.5.mlp.up_proj", "output_norm": "model.norm"}
    for name, theirs in pairs.items():
        tensor, wanted = tensors[f"{name}.weight"], weights[f"{theirs}.weight"]
        values = dequantize(tensor.data, tensor.tensor_type)
        np.testing.assert_allclose(values, wanted + ("norm" in name), atol=np.abs(wanted).max() / 100)


def test_a_gguf_file_ends_replies_and_knows_the_turns(made, tmp_path):
    from gguf import GGUFReader

    gguf_file.write_gguf(made / "hf", tmp_path / "model.gguf", "f16")
    fields = {name: field.contents() for name, field in GGUFReader(tmp_path / "model.gguf").fields.items()}
    tokens, kinds = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"]
    assert tokens[fields["tokenizer.ggml.eot_token_id"]] == END
    assert tokens[fields["tokenizer.ggml.eos_token_id"]] == "<eos>"
    assert kinds[tokens.index(START)] == kinds[tokens.index(END)] == CONTROL
    assert fields["tokenizer.chat_template"] == tokenizer.CHAT_TEMPLATE


@needs_peer
def test_llama_cpp_reads_the_same_tokens_and_writes_the_same(made, tmp_path):
    gguf_file.write_gguf(made / "hf", tmp_path / "model.gguf", "f16")
    agreements = proof.prove_gguf(tmp_path / "model.gguf", made / "reference", made / "hf" / folder.SENTENCEPIECE)
    assert [agreement.whole for agreement in agreements] == [True] * 3


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_an_agreement_says_where_two_texts_part(start, ours, theirs):
    found = proof.agreement(start + ours, start + theirs)
    assert found.same >= len(start)
    assert (start + ours)[: found.same] == (start + theirs)[: found.same]
    assert found.whole == (ours == theirs)


# --- the command ---


def test_the_command_writes_a_folder_with_manifest_and_licence(made, tmp_path):
    options = command.Export(tmp_path / "out", str(made / "preset"), made / "adapter")
    said: list[str] = []
    command.export(options, said.append)
    exported, wanted = load_file(tmp_path / "out" / folder.WEIGHTS), load_file(made / "hf" / folder.WEIGHTS)
    assert all(np.allclose(exported[name], wanted[name], atol=1e-6) for name in wanted)
    assert {"adapter_manifest.json", "NOTICE", "tokenizer.json"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert said[-1] == f"Listo: {tmp_path / 'out'}"


def test_an_existing_folder_is_left_alone(made, tmp_path, capsys):
    assert commands.main(["export", str(tmp_path), "--preset", str(made / "preset"), "--base"]) == 2
    assert "ya existe" in capsys.readouterr().err


def test_without_the_peer_nothing_is_written_and_the_remedy_is_said(made, tmp_path, monkeypatch):
    monkeypatch.setattr(peer.run_peer, "__kwdefaults__", {"python": tmp_path / "none"})
    options = command.Export(tmp_path / "out", str(made / "preset"), made / "adapter", prove=True)
    with pytest.raises(peer.PeerError, match="make peer"):
        command.export(options, lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_an_adapter_of_other_weights_is_refused(made, tmp_path):
    (tmp_path / "adapter").mkdir()
    data = json.loads((made / "adapter/adapter_manifest.json").read_text()) | {"weights": "others"}
    (tmp_path / "adapter/adapter_manifest.json").write_text(json.dumps(data))
    with pytest.raises(WeightsError, match="los pesos"):
        command.export(command.Export(tmp_path / "out", str(made / "preset"), tmp_path / "adapter"))
    assert not (tmp_path / "out").exists()


def test_a_program_that_fails_says_its_last_words(tmp_path):
    with pytest.raises(peer.PeerError, match="llm.peer.nothing falló.*No module"):
        peer.run_peer("nothing", python=Path(shutil.which("python3") or "python3"))
