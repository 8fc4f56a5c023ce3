"""Tensors of a CTranslate2 model file, for other backends and for adapters.

The layout is that of CTranslate2's `python/ctranslate2/specs/model_spec.py`, version 6: a header,
then for each variable its name, shape, type and bytes.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from sentivox.errors import WeightsAltered

VERSION = 6
TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""Number formats by their code in the file."""

Tensor = npt.NDArray[np.generic]


def read_tensors(file: Path, prefix: str, mode: Literal["r", "r+"] = "r") -> dict[str, Tensor]:
    """The tensors whose name begins with `prefix`, by the rest of their name, mapped to the file.

    With the mode "r+", assignments to their elements change the file. Raises WeightsAltered for a
    file in another format.
    """
    return _Reader(np.memmap(file, np.uint8, mode), file.name).tensors(prefix)


class _Reader:
    def __init__(self, data: npt.NDArray[np.uint8], name: str) -> None:
        self._data = data
        self._name = name
        self._at = 0

    def tensors(self, prefix: str) -> dict[str, Tensor]:
        if self._number("I") != VERSION:
            raise WeightsAltered(f"{self._name} isn't a CTranslate2 model of version {VERSION}.")
        self._text()
        self._number("I")
        found = {}
        for _ in range(self._number("I")):
            name, tensor = self._text(), self._tensor()
            if name.startswith(prefix):
                found[name.removeprefix(prefix)] = tensor
        return found

    def _tensor(self) -> Tensor:
        shape = [self._number("I") for _ in range(self._number("B"))]
        kind, size = self._number("B"), self._number("I")
        if kind >= len(TYPES):
            raise WeightsAltered(f"{self._name} has a tensor of an unknown type.")
        self._at += size
        return self._data[self._at - size : self._at].view(TYPES[kind]).reshape(shape)

    def _text(self) -> str:
        size = self._number("H")
        self._at += size
        return bytes(self._data[self._at - size : self._at - 1]).decode()

    def _number(self, kind: str) -> int:
        size = struct.calcsize(kind)
        self._at += size
        (value,) = struct.unpack("<" + kind, bytes(self._data[self._at - size : self._at]))
        return int(value)
