"""Whisper's weights from both formats, and layers compared with those of transformers."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import WhisperConfig, WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.layers import KeyValueCache, encode
from sentivox.engines.whisper.backends.torch.weights import LoadedWhisper, load_whisper_model
from sentivox.engines.whisper.features import MAX_FRAMES, log_mel
from sentivox.errors import WeightsAltered, WeightsMissing
from tests.voices import spoken_pcm

SENTENCE = "Please hold the line."
assert_close = partial(torch.testing.assert_close, atol=2e-3, rtol=2e-3)
IDS = [[50258, 50259, 50359, 50363, 2555], [50258, 50261, 50359, 50363, 440]]


@pytest.fixture(scope="module")
def loaded(whisper_folder: Path) -> LoadedWhisper:
    return load_whisper_model(whisper_folder, "float32", "cpu")


@pytest.fixture(scope="module")
def features() -> torch.Tensor:
    clips = [log_mel(spoken_pcm(text), MAX_FRAMES) for text in (SENTENCE, "Good morning.")]
    return torch.from_numpy(np.stack(clips))


def test_the_generation_config_comes_with_the_weights(loaded: LoadedWhisper) -> None:
    assert loaded.suppressed_first == [220, 50257]
    assert 50258 in loaded.suppressed
    assert loaded.alignment_heads[0] == (3, 1)
    assert len(loaded.alignment_heads) == 8


def test_every_parameter_is_loaded(loaded: LoadedWhisper) -> None:
    model = loaded.model
    assert not any(parameter.is_meta for parameter in model.parameters())
    assert model.config.encoder_layers == model.config.decoder_layers == 6
    assert model.config.num_mel_bins == 80


@pytest.mark.slow
def test_layers_compute_what_those_of_transformers_compute(
    loaded: LoadedWhisper, features: torch.Tensor
) -> None:
    ids = torch.tensor(IDS)
    expected = loaded.model(input_features=features, decoder_input_ids=ids)
    encoded = encode(loaded.model, features)
    cache = KeyValueCache(loaded.model, encoded, [3, 3], 2)
    parts = [cache.step(part) for part in (ids[:, :3], ids[:, 3:4], ids[:, 4:])]
    own = cache.logits(torch.cat(parts, 1))
    assert_close(encoded, expected.encoder_last_hidden_state)
    assert_close(own, expected.logits)


def test_texts_of_a_clip_share_its_encoder_output_alone(
    loaded: LoadedWhisper, features: torch.Tensor
) -> None:
    encoded = encode(loaded.model, features[:, :, :500])
    start = torch.tensor(IDS)[:, :4]
    cache = KeyValueCache(loaded.model, encoded, [4, 4], 2, texts=2)
    cache.step(start)
    cache.keep([1, 1], [1])
    both = cache.step(torch.tensor([[440], [2555]]))
    cache.keep([1, 0])
    after = cache.step(torch.tensor([[440], [440]]))
    for row, first in enumerate((2555, 440)):
        alone = KeyValueCache(loaded.model, encoded[1:], [4], 2)
        alone.step(start[1:])
        assert_close(alone.step(torch.tensor([[first]])), both[1 - row : 2 - row])
        assert_close(alone.step(torch.tensor([[440]])), after[row : row + 1])


@pytest.mark.slow
def test_safetensors_are_read_with_their_generation_config(
    whisper_safetensors: Path, loaded: LoadedWhisper
) -> None:
    other = load_whisper_model(whisper_safetensors, "float32", "cpu")
    assert list(other.suppressed) == list(loaded.suppressed)
    assert list(other.suppressed_first) == list(loaded.suppressed_first)
    assert list(other.alignment_heads) == list(loaded.alignment_heads)


@pytest.fixture
def tiny() -> WhisperForConditionalGeneration:
    """A Whisper with two decoder layers and random weights."""
    config = WhisperConfig(
        vocab_size=64,
        d_model=64,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=1,
        decoder_attention_heads=1,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=3,
    )
    return WhisperForConditionalGeneration(config)


@pytest.mark.parametrize("shard", ["1GB", "200KB"], ids=["one file", "parts"])
def test_weights_may_be_one_file_or_parts(
    tiny: WhisperForConditionalGeneration, shard: str, tmp_path: Path
) -> None:
    tiny.save_pretrained(tmp_path, max_shard_size=shard)
    assert (len(list(tmp_path.glob("*.safetensors"))) > 1) == (shard == "200KB")
    found = load_whisper_model(tmp_path, "bfloat16", "cpu").model.state_dict()
    for name, tensor in tiny.state_dict().items():
        assert torch.equal(found[name], tensor.bfloat16())


def test_words_are_aligned_by_the_upper_half_of_the_heads_by_default(
    tiny: WhisperForConditionalGeneration, tmp_path: Path
) -> None:
    tiny.save_pretrained(tmp_path)
    found = load_whisper_model(tmp_path, "float32", "cpu")
    assert list(found.alignment_heads) == [(1, 0)]
    assert not found.suppressed


def test_a_damaged_file_is_refused(tiny: WhisperForConditionalGeneration, tmp_path: Path) -> None:
    tiny.save_pretrained(tmp_path)
    file = tmp_path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(WeightsAltered, match="can't be read"):
        load_whisper_model(tmp_path, "float32", "cpu")


@pytest.mark.slow
def test_weights_that_lack_a_layer_are_refused(whisper_safetensors: Path, tmp_path: Path) -> None:
    shutil.copy(whisper_safetensors / "model.safetensors", tmp_path)
    config = json.loads((whisper_safetensors / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"decoder_layers": 7}))
    with pytest.raises(WeightsAltered, match="Copy the model again"):
        load_whisper_model(tmp_path, "float32", "cpu")


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(WeightsAltered, match="'bert'"):
        load_whisper_model(tmp_path, "float32", "cpu")


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"neither model\.safetensors"):
        load_whisper_model(tmp_path, "float32", "cpu")
