"""wav2vec2 with a CTC head, compared with transformers."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC

from sentivox.engines.ctc.network import CtcNetwork, Features, Frames, length_groups, load_network
from sentivox.errors import WeightsAltered, WeightsMissing
from sentivox.settings import RecognitionSettings
from sentivox.types import SAMPLE_RATE
from tests.letters import random_speech

SETTINGS = RecognitionSettings(engine="ctc", compute_type="float32", threads=1)
WAV2VEC2 = Frames((10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2))
CLIPS = [spoken.pcm for spoken in random_speech(4, seed=5, max_words=6)]


@pytest.fixture(scope="module")
def network(letters_model: Path) -> CtcNetwork:
    return load_network(letters_model, SETTINGS)


@pytest.fixture
def copied(letters_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(letters_model, tmp_path / "copied"))


def test_frames_are_those_of_the_published_models() -> None:
    assert (WAV2VEC2.stride, WAV2VEC2.width) == (320, 400)
    assert WAV2VEC2.seconds(1) - WAV2VEC2.seconds(0) == pytest.approx(0.02)
    model = Wav2Vec2ForCTC(
        Wav2Vec2Config(hidden_size=16, num_hidden_layers=1, num_attention_heads=1, vocab_size=5)
    )
    for samples in (400, 719, 720, 16_000, 480_000):
        assert WAV2VEC2.count(samples) == model._get_feat_extract_output_lengths(samples)


@pytest.mark.parametrize("normalize", [True, False])
def test_features_are_those_of_transformers(normalize: bool) -> None:
    extractor = Wav2Vec2FeatureExtractor(do_normalize=normalize)
    pcm = CLIPS[0]
    [expected] = extractor(pcm.astype(np.float32) / 32_768, sampling_rate=SAMPLE_RATE).input_values
    assert np.allclose(Features(normalize, False).of(pcm), expected, atol=1e-5)


def test_a_clip_has_the_same_output_alone_and_padded_in_a_batch(network: CtcNetwork) -> None:
    for together, clip in zip(network.encode(CLIPS), CLIPS, strict=True):
        [alone] = network.encode([clip])
        assert together.shape == alone.shape
        assert torch.allclose(together.exp(), alone.exp(), atol=1e-4)


def test_the_output_is_that_of_transformers(network: CtcNetwork, letters_model: Path) -> None:
    model = Wav2Vec2ForCTC.from_pretrained(letters_model).eval()
    samples = torch.from_numpy(network.features.of(CLIPS[0]))[None]
    with torch.inference_mode():
        expected = model(samples, attention_mask=torch.ones_like(samples)).logits.softmax(-1)
    assert torch.allclose(network.encode(CLIPS[:1])[0].exp(), expected[0], atol=1e-4)


def test_a_clip_shorter_than_a_frame_is_padded_to_one(network: CtcNetwork) -> None:
    [log_probs] = network.encode([np.zeros(10, np.int16)])
    assert log_probs.shape == (1, network.outputs)


def test_clips_of_similar_length_are_padded_together() -> None:
    assert [sorted(rows) for rows in length_groups([30, 3, 29, 2, 22, 20])] == [
        [0, 2, 4],
        [5],
        [1],
        [3],
    ]


def test_networks_with_adapters_share_all_other_weights(
    network: CtcNetwork, letters_model: Path
) -> None:
    tensors = load_file(letters_model / "adapter.ell.safetensors")
    adapted = network.with_adapter(tensors)
    replaced = set(network.adapter_tensors())
    assert replaced == set(tensors)
    for name, tensor in network.model.named_parameters():
        other = adapted.model.get_parameter(name)
        assert (other.data_ptr() == tensor.data_ptr()) == (name not in replaced)
    assert adapted.outputs == len(tensors["lm_head.weight"]) != network.outputs


def test_networks_with_different_adapters_run_concurrently(
    network: CtcNetwork, letters_model: Path
) -> None:
    greek = network.with_adapter(load_file(letters_model / "adapter.ell.safetensors"))
    dutch = network.with_adapter(load_file(letters_model / "adapter.nld.safetensors"))
    expected = [each.encode(CLIPS[:1])[0] for each in (greek, dutch)]
    with ThreadPoolExecutor(4) as threads:
        both = [greek, dutch] * 10
        for number, log_probs in enumerate(
            threads.map(lambda each: each.encode(CLIPS[:1])[0], both)
        ):
            assert torch.equal(log_probs, expected[number % 2])


def without(part: str, folder: Path) -> None:
    """Removes the tensors whose names contain `part` from the model."""
    tensors = load_file(folder / "model.safetensors")
    kept = {name: each for name, each in tensors.items() if part not in name}
    assert len(kept) < len(tensors)
    save_file(kept, folder / "model.safetensors", {"format": "pt"})


@pytest.mark.parametrize("part", ["lm_head.", ".adapter_layer.", "masked_spec_embed"])
def test_a_model_may_lack_tensors_of_the_adapters_and_of_training(copied: Path, part: str) -> None:
    without(part, copied)
    tensors = load_file(copied / "adapter.ell.safetensors")
    [expected] = load_network(copied, SETTINGS).with_adapter(tensors).encode(CLIPS[:1])
    assert expected.isfinite().all()


def test_a_model_without_an_output_layer_is_refused(copied: Path) -> None:
    for adapter in copied.glob("adapter.*"):
        adapter.unlink()
    without("lm_head.", copied)
    with pytest.raises(WeightsAltered, match=r"lm_head\.bias"):
        load_network(copied, SETTINGS)


def test_a_model_that_lacks_a_layer_is_refused(copied: Path) -> None:
    without("layers.1.attention.k_proj.", copied)
    with pytest.raises(WeightsAltered, match=r"layers\.1\.attention\.k_proj"):
        load_network(copied, SETTINGS)


def test_a_model_of_another_type_is_refused(copied: Path) -> None:
    (copied / "config.json").write_text('{"model_type": "hubert"}')
    with pytest.raises(WeightsMissing, match="of the type 'hubert'"):
        load_network(copied, SETTINGS)


def test_a_model_with_another_sample_rate_is_refused(copied: Path) -> None:
    (copied / "preprocessor_config.json").write_text(json.dumps({"sampling_rate": 8000}))
    with pytest.raises(WeightsAltered, match="8000 samples per second"):
        load_network(copied, SETTINGS)
