"""The microphone, by way of PortAudio."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator
from types import ModuleType
from typing import Any

from sentivox_client.cli.sound import PIECE_BYTES, NoSound
from sentivox_client.live_messages import LIVE_RATE


def opened() -> Generator[bytes]:
    """The system's default microphone; raises NoSound."""
    sounddevice = _sounddevice()
    try:
        stream = sounddevice.RawInputStream(samplerate=LIVE_RATE, channels=1, dtype="int16")
        stream.start()
    except sounddevice.PortAudioError as error:
        raise NoSound(f"There is no microphone that can be used: {_reason(error)}.") from error
    return _read(stream, sounddevice.PortAudioError)


def _read(stream: Any, failure: type[Exception]) -> Generator[bytes]:
    with stream:
        while True:
            try:
                samples, _ = stream.read(PIECE_BYTES // 2)
            except failure as error:
                raise NoSound(f"The microphone stopped: {_reason(error)}.") from error
            yield bytes(samples)


def _sounddevice() -> ModuleType:
    """Loaded by name, since it's an extra that most machines do without."""
    try:
        return importlib.import_module("sounddevice")
    except ImportError as error:
        raise NoSound(
            "The microphone needs one more package. Install it with:\n"
            f"{sys.executable} -m pip install sounddevice"
        ) from error
    except OSError as error:
        raise NoSound(
            "The microphone needs the library PortAudio. Install it with "
            "'sudo apt install libportaudio2', or on a Mac with 'brew install portaudio'."
        ) from error


def _reason(error: Exception) -> str:
    return str(error.args[0] if error.args else error).rstrip(".")
