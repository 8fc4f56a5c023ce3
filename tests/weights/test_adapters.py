"""Low-rank adapters of Whisper: the adapted file, and recognition with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.backends.torch.weights import load_whisper_model
from sentivox.errors import WeightsAltered
from sentivox.settings import RecognitionSettings
from sentivox.types import Recognition, RecognitionOptions, SpeechWindow
from sentivox.weights.adapters import ADAPTER_FILE, add_adapter
from sentivox.weights.checksums import sha256_of
from sentivox.weights.embedded import WHISPER_ADAPTERS
from sentivox.weights.resolve import check, resolve
from tests.voices import spoken_pcm
from training.whisper.adapter_card import write_adapter

FOLDER = resolve("embedded:whisper-base")
ADAPTED = "embedded:whisper-base+short-context"
LAYERS = {
    "model.encoder.layers.2.self_attn.k_proj": (512, 512),
    "model.encoder.layers.5.fc1": (2048, 512),
    "model.decoder.layers.0.encoder_attn.v_proj": (512, 512),
}
CARD = {
    "title": "An adapter",
    "purpose": "tests",
    "about": "Random numbers.",
    "limits": ["It has no use."],
    "training": {
        "settings": {"rank": 2},
        "minutes_of_audio": {"en": 0.0},
        "minutes": 0,
        "steps": 0,
        "validation": 0.0,
        "before": 0.0,
    },
}


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("adapter")
    pairs = {}
    for name, (out, into) in LAYERS.items():
        pairs[f"{name}.lora_a"] = torch.randn(2, into) / 8
        pairs[f"{name}.lora_b"] = torch.randn(out, 2) / 8
    write_adapter(folder, FOLDER, pairs, CARD)
    return folder


@pytest.fixture(scope="module")
def merged(adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("merged")
    for name in ("model.bin", "config.json"):
        shutil.copyfile(FOLDER / name, folder / name)
    add_adapter(folder, adapter)
    return folder


@pytest.mark.slow
def test_the_product_is_added_to_the_weights_and_rounded_once(adapter: Path, merged: Path) -> None:
    before, after = (
        load_whisper_model(each, "float16", "cpu").model.state_dict() for each in (FOLDER, merged)
    )
    low = load_file(adapter / ADAPTER_FILE)
    for name in LAYERS:
        product = low[f"{name}.lora_b"].double() @ low[f"{name}.lora_a"].double()
        exact = (before[f"{name}.weight"].double() + product).numpy()
        # torch would round twice, to single precision first.
        expected = torch.from_numpy(exact.astype(np.float16))
        assert not torch.equal(before[f"{name}.weight"], expected)
        assert torch.equal(after[f"{name}.weight"], expected)
    others = before.keys() - {f"{name}.weight" for name in LAYERS}
    assert all(torch.equal(before[name], after[name]) for name in others)


def test_the_card_has_the_hash_of_the_adapted_file(adapter: Path, merged: Path) -> None:
    card = json.loads((adapter / "card.json").read_text())
    assert card["model_sha256"] == sha256_of(merged / "model.bin")
    assert check(str(adapter)).state == "verified"
    assert "It has no use." in (adapter / "README.md").read_text()


def test_an_adapter_of_another_model_is_refused(merged: Path, tmp_path: Path) -> None:
    name = "model.encoder.layers.9.fc1"
    pair = {f"{name}.lora_a": torch.zeros(2, 512), f"{name}.lora_b": torch.zeros(2048, 2)}
    save_file(pair, tmp_path / ADAPTER_FILE)
    with pytest.raises(WeightsAltered, match="isn't for the model"):
        add_adapter(merged, tmp_path)


def test_every_adapter_of_the_package_is_an_embedded_model() -> None:
    assert WHISPER_ADAPTERS.is_dir()
    for folder in WHISPER_ADAPTERS.iterdir():
        size = (folder / ADAPTER_FILE).stat().st_size
        assert size <= 4 << 20
        assert check(str(folder)).state == "verified"
        name = folder.name.replace("_", "-")
        assert check(f"embedded:whisper-base+{name}").state in ("packed", "verified")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "compute_type"),
    [("ctranslate2", "int8"), ("torch", "float32")],
)
def test_an_adapted_model_needs_one_second_of_context_padding(
    engine: str, compute_type: str
) -> None:
    settings = RecognitionSettings.model_validate(
        {
            "engine": engine,
            "model": ADAPTED,
            "compute_type": compute_type,
            "threads": 1,
            "context_padding_s": 1.0,
        }
    )
    window = SpeechWindow(0, 0.0, spoken_pcm("Please hold the line."))
    [result] = load_recognizer(settings).transcribe(
        [RecognitionItem(window, RecognitionOptions("en"))]
    )
    assert isinstance(result, Recognition)
    assert "".join(segment.text for segment in result.segments) == " Please hold the line."
