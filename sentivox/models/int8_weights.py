"""The int8 layers of a Whisper, once in a process for all who compute with them."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

from sentivox.models.ctranslate2_file import read_tensors
from sentivox.models.int8_decoder import Int8Decoder
from sentivox.models.int8_encoder import Int8Encoder
from sentivox.models.memory import give_back_freed_memory

_lock = Lock()
_encoders: WeakValueDictionary[Path, Int8Encoder] = WeakValueDictionary()
_decoders: WeakValueDictionary[Path, Int8Decoder] = WeakValueDictionary()


def int8_encoder(folder: Path) -> Int8Encoder:
    """`folder` holds a model of CTranslate2's."""
    with _lock:
        encoder = _encoders.get(folder)
        if encoder is None:
            encoder = Int8Encoder(read_tensors(folder / "model.bin", "encoder/"))
            _encoders[folder] = encoder
            give_back_freed_memory()
        return encoder


def int8_decoder(folder: Path) -> Int8Decoder:
    """The same."""
    with _lock:
        decoder = _decoders.get(folder)
        if decoder is None:
            decoder = Int8Decoder(read_tensors(folder / "model.bin", "decoder/"))
            _decoders[folder] = decoder
            give_back_freed_memory()
        return decoder
