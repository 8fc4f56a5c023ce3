"""Random weights in the shape of a Whisper model, with a fixed number of tokens for any audio.

They measure speed where real weights aren't available: speed depends on the shape of a model and on
the number of tokens. The position embeddings of the decoder outweigh all other inputs, so each
position predicts a fixed token: words, then a timestamp, then the end of the text.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import WhisperConfig, WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.cpu_int8.layer_weights import HEAD_WIDTH
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.weights.resolve import resolve

TOKENIZER_OF = "embedded:whisper-base"
SPREAD = 0.02
"""Standard deviation of all weights except those of norms, which are 1."""
WIDE_SPREAD = 0.1
"""Standard deviation of token embeddings: large, so that the fixed token is far more probable than
all others."""
STRENGTH = 30.0
"""Factor of a position embedding relative to the other summands."""
WORDS = range(1000, 20_000)
"""Token ids among which ASCII words are looked for."""
ENDS_AT_S = 28.0


@dataclass(frozen=True, slots=True)
class WhisperShape:
    """The dimensions of a Whisper model."""

    name: str
    width: int
    encoder_layers: int
    decoder_layers: int
    mels: int
    vocabulary: int

    @property
    def heads(self) -> int:
        return self.width // HEAD_WIDTH


BASE = WhisperShape("base", 512, 6, 6, 80, 51_865)
TURBO = WhisperShape("large-v3-turbo", 1280, 32, 4, 128, 51_866)
SHAPES = {shape.name: shape for shape in (BASE, TURBO)}


def write_weights(folder: Path, shape: WhisperShape, tokens: int, dtype: torch.dtype) -> None:
    """Writes a folder that recognisers and language detectors accept as `model`."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_tokenizer(folder, shape)
    config = _config(shape)
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    generator = torch.Generator().manual_seed(0)
    with torch.device("meta"):
        shapes = WhisperForConditionalGeneration(config).state_dict()
    state = {}
    for name, tensor in shapes.items():
        if name == "proj_out.weight":
            continue
        if "layer_norm" in name:
            state[name] = torch.full(tensor.shape, float(name.endswith("weight")), dtype=dtype)
        else:
            drawn = torch.randn(tensor.shape, generator=generator, dtype=torch.float32)
            spread = WIDE_SPREAD if "embed_tokens" in name else SPREAD
            state[name] = (drawn * spread).to(dtype)
    embeddings = state["model.decoder.embed_tokens.weight"]
    positions = state["model.decoder.embed_positions.weight"]
    fixed = torch.tensor(_fixed_tokens(WhisperTokenizer(folder), tokens, len(positions)))
    positions.copy_(embeddings[fixed] * STRENGTH)
    save_file(state, folder / "model.safetensors")


def _fixed_tokens(tokens: WhisperTokenizer, count: int, positions: int) -> list[int]:
    """The token after each position: a prompt of three, then a text of `count` tokens."""
    language = tokens.languages()["en"]
    words = [each for each in WORDS if _is_word(tokens.text([each]))]
    begin, end = tokens.first_timestamp, tokens.first_timestamp + round(ENDS_AT_S / 0.02)
    text = [begin, *words[: count - 2], end]
    fixed = [language, language, *text]
    return [*fixed, *[tokens.end_of_text] * (positions - len(fixed))]


def _is_word(text: str) -> bool:
    return text.startswith(" ") and text[1:].isascii() and text[1:].isalpha()


def _config(shape: WhisperShape) -> WhisperConfig:
    return WhisperConfig(
        vocab_size=shape.vocabulary,
        d_model=shape.width,
        num_mel_bins=shape.mels,
        encoder_layers=shape.encoder_layers,
        encoder_attention_heads=shape.heads,
        encoder_ffn_dim=4 * shape.width,
        decoder_layers=shape.decoder_layers,
        decoder_attention_heads=shape.heads,
        decoder_ffn_dim=4 * shape.width,
    )


def _write_tokenizer(folder: Path, shape: WhisperShape) -> None:
    """Writes the tokenizer of the embedded model; a larger vocabulary has Cantonese after the other
    languages.
    """
    known = resolve(TOKENIZER_OF) / "tokenizer.json"
    more = shape.vocabulary - BASE.vocabulary
    if not more:
        shutil.copyfile(known, folder / "tokenizer.json")
        return
    content: dict[str, Any] = json.loads(known.read_text("utf-8"))
    translate = Tokenizer.from_file(str(known)).token_to_id("<|translate|>")
    added = content["added_tokens"]
    for token in added:
        token["id"] += more * (token["id"] >= translate)
    yue = next(token for token in added if token["content"] == "<|en|>")
    added.append({**yue, "content": "<|yue|>", "id": translate})
    added.sort(key=lambda token: int(token["id"]))
    vocabulary = content["model"]["vocab"]
    for token in [each for each, number in vocabulary.items() if number >= translate]:
        vocabulary[token] += more
    (folder / "tokenizer.json").write_text(json.dumps(content), "utf-8")
