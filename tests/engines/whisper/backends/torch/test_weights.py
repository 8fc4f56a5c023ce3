"""Whisper's weights as transformers has them: from both formats, and by code of both."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import WhisperConfig, WhisperForConditionalGeneration

from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.backends.torch.layers import KeyValueCache, encode
from sentivox.engines.whisper.backends.torch.weights import LoadedWhisper, load_whisper_model
from sentivox.engines.whisper.features import MAX_FRAMES, log_mel
from sentivox.errors import WeightsAltered, WeightsMissing
from sentivox.settings import RecognitionSettings
from sentivox.types import Recognition, RecognitionOptions, SpeechWindow
from sentivox.weights.resolve import resolve
from tests.voices import spoken_pcm

FOLDER = resolve("embedded:whisper-base")
SENTENCE = "Please hold the line."
assert_close = partial(torch.testing.assert_close, atol=2e-3, rtol=2e-3)
IDS = [[50258, 50259, 50359, 50363, 2555], [50258, 50261, 50359, 50363, 440]]


@pytest.fixture(scope="module")
def loaded() -> LoadedWhisper:
    return load_whisper_model(FOLDER, "float32", "cpu")


@pytest.fixture(scope="module")
def features() -> torch.Tensor:
    pictures = [log_mel(spoken_pcm(text), MAX_FRAMES) for text in (SENTENCE, "Good morning.")]
    return torch.from_numpy(np.stack(pictures))


def test_facts_come_with_the_weights(loaded: LoadedWhisper) -> None:
    assert loaded.never_first == [220, 50257]
    assert 50258 in loaded.never
    assert loaded.alignment_heads[0] == (3, 1)
    assert len(loaded.alignment_heads) == 8


def test_every_weight_has_its_place(loaded: LoadedWhisper) -> None:
    model = loaded.model
    assert not any(parameter.is_meta for parameter in model.parameters())
    assert model.config.encoder_layers == model.config.decoder_layers == 6
    assert model.config.num_mel_bins == 80


def test_layers_answer_what_transformers_own_code_answers(
    loaded: LoadedWhisper, features: torch.Tensor
) -> None:
    ids = torch.tensor(IDS)
    told = loaded.model(input_features=features, decoder_input_ids=ids)
    encoded = encode(loaded.model, features)
    memory = KeyValueCache(loaded.model, encoded, [3, 3], 2)
    parts = [memory.read(part) for part in (ids[:, :3], ids[:, 3:4], ids[:, 4:])]
    own = memory.logits(torch.cat(parts, 1))
    assert_close(encoded, told.encoder_last_hidden_state)
    assert_close(own, told.logits)


def test_texts_of_a_clip_share_its_sound_and_nothing_else(
    loaded: LoadedWhisper, features: torch.Tensor
) -> None:
    encoded = encode(loaded.model, features[:, :, :500])
    start = torch.tensor(IDS)[:, :4]
    memory = KeyValueCache(loaded.model, encoded, [4, 4], 2, texts=2)
    memory.read(start)
    memory.keep([1, 1], [1])
    both = memory.read(torch.tensor([[440], [2555]]))
    memory.keep([1, 0])
    after = memory.read(torch.tensor([[440], [440]]))
    for row, first in enumerate((2555, 440)):
        alone = KeyValueCache(loaded.model, encoded[1:], [4], 2)
        alone.read(start[1:])
        assert_close(alone.read(torch.tensor([[first]])), both[1 - row : 2 - row])
        assert_close(alone.read(torch.tensor([[440]])), after[row : row + 1])


@pytest.fixture(scope="module")
def safetensors(loaded: LoadedWhisper, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights in the format of transformers."""
    folder = tmp_path_factory.mktemp("whisper-safetensors")
    load_whisper_model(FOLDER, "bfloat16", "cpu").model.half().save_pretrained(folder)
    facts = {
        "suppress_tokens": loaded.never,
        "begin_suppress_tokens": loaded.never_first,
        "alignment_heads": loaded.alignment_heads,
    }
    (folder / "generation_config.json").write_text(json.dumps(facts))
    shutil.copy(FOLDER / "tokenizer.json", folder)
    return folder


def test_safetensors_are_read_with_their_facts(safetensors: Path, loaded: LoadedWhisper) -> None:
    other = load_whisper_model(safetensors, "float32", "cpu")
    assert list(other.never) == list(loaded.never)
    assert list(other.never_first) == list(loaded.never_first)
    assert list(other.alignment_heads) == list(loaded.alignment_heads)


def test_a_recogniser_runs_a_folder_of_safetensors(safetensors: Path) -> None:
    recognizer = load_recognizer(
        RecognitionSettings(
            engine="torch",
            model=str(safetensors),
            compute_type="float32",
            threads=1,
        )
    )
    window = SpeechWindow(0, 0.0, spoken_pcm(SENTENCE))
    options = RecognitionOptions("en", words=True)
    [answer] = recognizer.transcribe([RecognitionItem(window, options)])
    assert isinstance(answer, Recognition)
    assert "".join(segment.text for segment in answer.segments).strip() == SENTENCE
    assert [word.word for word in answer.segments[0].words] == [
        " Please",
        " hold",
        " the",
        " line.",
    ]


@pytest.fixture
def tiny() -> WhisperForConditionalGeneration:
    """Of two layers, with weights that say nothing."""
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
def test_weights_come_in_one_file_or_in_parts(
    tiny: WhisperForConditionalGeneration, shard: str, tmp_path: Path
) -> None:
    tiny.save_pretrained(tmp_path, max_shard_size=shard)
    assert (len(list(tmp_path.glob("*.safetensors"))) > 1) == (shard == "200KB")
    found = load_whisper_model(tmp_path, "bfloat16", "cpu").model.state_dict()
    for name, tensor in tiny.state_dict().items():
        assert torch.equal(found[name], tensor.bfloat16())


def test_without_facts_the_upper_half_of_the_heads_follows_the_words(
    tiny: WhisperForConditionalGeneration, tmp_path: Path
) -> None:
    tiny.save_pretrained(tmp_path)
    found = load_whisper_model(tmp_path, "float32", "cpu")
    assert list(found.alignment_heads) == [(1, 0)]
    assert not found.never


def test_a_damaged_file_is_refused(tiny: WhisperForConditionalGeneration, tmp_path: Path) -> None:
    tiny.save_pretrained(tmp_path)
    file = tmp_path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(WeightsAltered, match="can't be read"):
        load_whisper_model(tmp_path, "float32", "cpu")


def test_weights_that_are_not_all_there_are_refused(safetensors: Path, tmp_path: Path) -> None:
    shutil.copy(safetensors / "model.safetensors", tmp_path)
    told = json.loads((safetensors / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(told | {"decoder_layers": 7}))
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
