"""Whisper's weights as transformers' `WhisperForConditionalGeneration`, from safetensors or from a
CTranslate2 model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import WhisperConfig, WhisperForConditionalGeneration

from sentivox.engines.int8_linear import packed_linear, quantize
from sentivox.engines.memory import trim_memory
from sentivox.engines.whisper.backends.torch.tall_linear import TallLinear
from sentivox.errors import WeightsAltered, WeightsMissing
from sentivox.settings import Device
from sentivox.weights.ctranslate2_file import Tensor, read_tensors
from sentivox.weights.whisper_names import renamed

DTYPES = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "int8": torch.float32,
}
"""Number format by compute type. With int8 only the decoder's linear layers are in int8."""


@dataclass(frozen=True, slots=True)
class LoadedWhisper:
    """A model and the parts of its generation config that decoding needs."""

    model: WhisperForConditionalGeneration
    suppressed: Sequence[int]
    """Tokens that are never sampled."""
    suppressed_first: Sequence[int]
    """Tokens that no text begins with."""
    alignment_heads: Sequence[tuple[int, int]]
    """Layer and head of each cross-attention head that words are aligned by."""


Weights = tuple[WhisperConfig, dict[str, torch.Tensor], dict[str, Any]]
"""The config, the tensors by transformers' names, and the generation config of a model."""


def load_whisper_model(folder: Path, compute_type: str, device: Device) -> LoadedWhisper:
    """The model in `folder`. Raises WeightsError for a folder without a readable Whisper model."""
    read = _read_ctranslate2 if (folder / "model.bin").is_file() else _read_safetensors
    config, tensors, generation = read(folder)
    state = {name: tensor.to(DTYPES[compute_type]) for name, tensor in tensors.items()}
    model = _model(config, state, folder)
    if compute_type == "int8":
        _quantize(model)
    elif compute_type == "float32" and device == "cpu":
        model.proj_out = TallLinear(model.proj_out.weight)
    model.to(torch.device(device))
    trim_memory()
    return LoadedWhisper(
        model,
        suppressed=generation.get("suppress_tokens") or generation.get("suppress_ids") or (),
        suppressed_first=generation.get("begin_suppress_tokens")
        or generation.get("suppress_ids_begin")
        or (),
        alignment_heads=_heads(generation.get("alignment_heads"), config),
    )


def _quantize(model: WhisperForConditionalGeneration) -> None:
    """Replaces the linear layers of the decoder by int8 layers; the encoder stays as it is."""
    embeddings = model.model.decoder.embed_tokens
    model.proj_out = packed_linear(embeddings.weight, None)
    quantize(model.model.decoder)
    # Only the rows of a few tokens are needed at a time.
    embeddings.half()


def _read_safetensors(folder: Path) -> Weights:
    files = _safetensors(folder)
    if not files or not all(file.is_file() for file in [folder / "config.json", *files]):
        raise WeightsMissing(
            f"The folder '{folder.name}' has neither model.safetensors nor CTranslate2's model.bin."
        )
    config = _read_json(folder / "config.json")
    if config.get("model_type") != "whisper":
        raise WeightsAltered(
            f"The model in '{folder.name}' isn't a Whisper model but '{config.get('model_type')}'."
        )
    try:
        tensors = {name: tensor for file in files for name, tensor in load_file(file).items()}
    except SafetensorError as exc:
        raise WeightsAltered(
            f"The weights in '{folder.name}' can't be read. Copy the model again."
        ) from exc
    # Older models have everything in config.json.
    generation = config | _read_json(folder / "generation_config.json")
    return WhisperConfig.from_dict(config), tensors, generation


def _safetensors(folder: Path) -> list[Path]:
    """The weights' files: `model.safetensors`, or the parts that its index lists.

    Other files in the folder are variants of the model.
    """
    if (folder / "model.safetensors").is_file():
        return [folder / "model.safetensors"]
    parts = _read_json(folder / "model.safetensors.index.json").get("weight_map", {}).values()
    return [folder / Path(name).name for name in sorted(set(parts))]


def _read_ctranslate2(folder: Path) -> Weights:
    tensors = read_tensors(folder / "model.bin", "")
    if not {"encoder/conv1/weight", "decoder/embeddings/weight"} <= tensors.keys():
        raise WeightsAltered(f"'model.bin' in '{folder.name}' isn't a Whisper model.")
    if any(name.endswith("_scale") for name in tensors):
        raise WeightsAltered(
            f"The weights in '{folder.name}' are quantized, and this engine reads none that are. "
            "Convert the model to float16 or float32."
        )
    state = {name: torch.from_numpy(np.array(each)) for name, each in renamed(tensors).items()}
    return _config(tensors), state, _read_json(folder / "config.json")


def _model(
    config: WhisperConfig, state: dict[str, torch.Tensor], folder: Path
) -> WhisperForConditionalGeneration:
    """A model with the tensors of `state`, built without the random initialisation, which takes
    long. Raises WeightsAltered where the tensors don't fit the config.
    """
    config._attn_implementation = "sdpa"
    with torch.device("meta"):
        model = WhisperForConditionalGeneration(config)
    try:
        state["proj_out.weight"] = state["model.decoder.embed_tokens.weight"]
        model.load_state_dict(state, assign=True)
    except (KeyError, RuntimeError) as exc:
        raise WeightsAltered(
            f"The weights in '{folder.name}' aren't those of the Whisper model that its "
            "configuration describes. Copy the model again."
        ) from exc
    model.tie_weights()
    return model.requires_grad_(False).eval()


def _read_json(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else {}


def _config(tensors: Mapping[str, Tensor]) -> WhisperConfig:
    words, width = tensors["decoder/embeddings/weight"].shape
    return WhisperConfig(
        vocab_size=words,
        d_model=width,
        num_mel_bins=tensors["encoder/conv1/weight"].shape[1],
        max_source_positions=len(tensors["encoder/position_encodings/encodings"]),
        max_target_positions=len(tensors["decoder/position_encodings/encodings"]),
        **_sizes(tensors, "encoder"),
        **_sizes(tensors, "decoder"),
    )


def _sizes(tensors: Mapping[str, Tensor], part: str) -> dict[str, Any]:
    layers = {name.split("/")[1] for name in tensors if name.startswith(f"{part}/layer_")}
    return {
        f"{part}_layers": len(layers - {"layer_norm"}),
        f"{part}_attention_heads": int(tensors[f"{part}/num_heads"]),
        f"{part}_ffn_dim": len(tensors[f"{part}/layer_0/ffn/linear_0/weight"]),
    }


def _heads(known: Any, config: WhisperConfig) -> list[tuple[int, int]]:
    """The alignment heads of the model's config. Without any, all heads of the upper half of the
    layers, as in openai/whisper.
    """
    if known:
        return [(int(layer), int(head)) for layer, head in known]
    layers = range(config.decoder_layers // 2, config.decoder_layers)
    return list(product(layers, range(config.decoder_attention_heads)))
