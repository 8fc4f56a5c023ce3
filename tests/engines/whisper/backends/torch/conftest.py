"""Whisper base in the format of transformers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sentivox.engines.whisper.backends.torch.weights import load_whisper_model


@pytest.fixture(scope="session")
def whisper_safetensors(whisper_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of safetensors with the weights of the embedded model."""
    folder = tmp_path_factory.mktemp("whisper-safetensors")
    loaded = load_whisper_model(whisper_folder, "bfloat16", "cpu")
    loaded.model.half().save_pretrained(folder)
    generation = {
        "suppress_tokens": loaded.suppressed,
        "begin_suppress_tokens": loaded.suppressed_first,
        "alignment_heads": loaded.alignment_heads,
    }
    (folder / "generation_config.json").write_text(json.dumps(generation))
    shutil.copy(whisper_folder / "tokenizer.json", folder)
    return folder
