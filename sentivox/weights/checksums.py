"""SHA-256 sums of weights, and the file formats that weights may have."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from sentivox.errors import WeightsAltered, WeightsMissing

SUMS_FILE = "SHA256SUMS"
"""File in the format of `sha256sum`: a hash, two spaces and a file name in each line."""

_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64}) [ *](?P<name>[^/\\]+)")
_PICKLES = frozenset(
    {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".msgpack", ".h5", ".npy", ".npz"}
)
_CTRANSLATE2 = re.compile(rb"[\x01-\x20]\0\0\0.\0[A-Za-z0-9]+Spec\0", re.DOTALL)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify_file(path: Path, sha256: str, remedy: str) -> None:
    """Checks a file's hash. Raises WeightsMissing or WeightsAltered, which end with `remedy`."""
    if not path.is_file():
        raise WeightsMissing(f"The file '{path.name}' of a model is missing. {remedy}")
    if sha256_of(path) != sha256:
        raise WeightsAltered(
            f"The file '{path.name}' of a model isn't the one that was published: it is damaged "
            f"or was changed. {remedy}"
        )


def verify_folder(folder: Path, sums: Mapping[str, str], remedy: str) -> None:
    """Checks the hashes of files by name; see `verify_file`."""
    for name, sha256 in sums.items():
        verify_file(folder / name, sha256, remedy)


def read_sums(folder: Path) -> dict[str, str]:
    """SHA-256 by file name, from the folder's SHA256SUMS; empty without that file.

    Raises WeightsAltered.
    """
    if not (folder / SUMS_FILE).is_file():
        return {}
    sums = {}
    for line in (folder / SUMS_FILE).read_text("utf-8").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise WeightsAltered(
                f"'{SUMS_FILE}' in the model's folder has a line that isn't a SHA-256 and a file "
                "name. Write it again with sha256sum."
            )
        sums[match["name"]] = match["sha256"]
    return sums


def require_safe_format(path: Path) -> None:
    """Refuses a file that could run code when it is opened. Raises WeightsAltered.

    Weights are safetensors, or CTranslate2's `model.bin`, whose first bytes distinguish it from a
    pickle of that name: a 32-bit version, then the length and the name of its specification.
    """
    if path.suffix in _PICKLES or (path.suffix == ".bin" and not _is_ctranslate2(path)):
        raise WeightsAltered(
            f"'{path.name}' is in a format that can run code when it is opened. Convert the "
            "model to safetensors or CTranslate2 and remove that file from its folder."
        )


def require_listed(folder: Path, sums: Mapping[str, str]) -> None:
    """Refuses weights that aren't in the folder's SHA256SUMS. Raises WeightsAltered."""
    for path in folder.iterdir():
        if path.suffix in {".safetensors", ".bin"} and path.name not in sums:
            raise WeightsAltered(
                f"'{path.name}' isn't listed in its folder's {SUMS_FILE}. Remove it or list it."
            )


def _is_ctranslate2(path: Path) -> bool:
    with path.open("rb") as file:
        return _CTRANSLATE2.match(file.read(64)) is not None
