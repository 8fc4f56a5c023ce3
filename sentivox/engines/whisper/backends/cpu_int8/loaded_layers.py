"""The int8 layers of a Whisper model, loaded once in a process for all that use them."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

from sentivox.engines.memory import trim_memory
from sentivox.engines.whisper.backends.cpu_int8.decoder_layers import Int8Decoder
from sentivox.engines.whisper.backends.cpu_int8.encoder_layers import Int8Encoder
from sentivox.weights.ctranslate2_file import read_tensors

Layers = TypeVar("Layers", Int8Encoder, Int8Decoder)

_lock = Lock()
_loaded: WeakValueDictionary[tuple[Path, str], Any] = WeakValueDictionary()


def int8_encoder(folder: Path) -> Int8Encoder:
    """The encoder of the CTranslate2 model in `folder`."""
    return _shared(Int8Encoder, folder, "encoder/")


def int8_decoder(folder: Path) -> Int8Decoder:
    """The decoder of the CTranslate2 model in `folder`."""
    return _shared(Int8Decoder, folder, "decoder/")


def _shared(layers: type[Layers], folder: Path, part: str) -> Layers:
    with _lock:
        found = cast("Layers | None", _loaded.get((folder, part)))
        if found is None:
            found = layers(read_tensors(folder / "model.bin", part))
            _loaded[folder, part] = found
            trim_memory()
        return found
