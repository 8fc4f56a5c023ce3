"""The microphone as audio of a live session, by PortAudio."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator
from types import ModuleType
from typing import Any

from sentivox_client.cli.audio_pieces import PIECE_BYTES, NoAudio
from sentivox_client.live_messages import LIVE_RATE


def open_microphone() -> Generator[bytes]:
    """Open the system's default microphone; raises NoAudio."""
    sounddevice = _sounddevice()
    try:
        stream = sounddevice.RawInputStream(samplerate=LIVE_RATE, channels=1, dtype="int16")
        stream.start()
    except sounddevice.PortAudioError as error:
        raise NoAudio(f"There is no microphone that can be used: {_reason(error)}.") from error
    return _read(stream, sounddevice.PortAudioError)


def _read(stream: Any, failure: type[Exception]) -> Generator[bytes]:
    with stream:
        while True:
            try:
                samples, _ = stream.read(PIECE_BYTES // 2)
            except failure as error:
                raise NoAudio(f"The microphone stopped: {_reason(error)}.") from error
            yield bytes(samples)


def _sounddevice() -> ModuleType:
    """The module `sounddevice` of the extra `microphone`; raises NoAudio without it."""
    try:
        return importlib.import_module("sounddevice")
    except ImportError as error:
        raise NoAudio(
            "The microphone needs one more package. Install it with:\n"
            f"{sys.executable} -m pip install sounddevice"
        ) from error
    except OSError as error:
        raise NoAudio(
            "The microphone needs the library PortAudio. Install it with "
            "'sudo apt install libportaudio2', or on a Mac with 'brew install portaudio'."
        ) from error


def _reason(error: Exception) -> str:
    return str(error.args[0] if error.args else error).rstrip(".")
