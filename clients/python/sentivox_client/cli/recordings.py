"""A recording as audio of a live session: any format with PyAV, else 16-bit WAV."""

from __future__ import annotations

import wave
from array import array
from collections.abc import Generator, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from sentivox_client.cli.audio_pieces import NoAudio
from sentivox_client.live_messages import LIVE_RATE

UNREADABLE = "This isn't a recording that can be read."
BLOCK_SAMPLES = 1 << 16


def open_recording(path: Path) -> Generator[bytes]:
    """Samples of a file; raises NoAudio, also while samples of a damaged file are read."""
    try:
        if path.is_dir():
            raise NoAudio("This is a folder.")
        path.open("rb").close()
    except FileNotFoundError as error:
        raise NoAudio("There is no such file.") from error
    except OSError as error:
        raise NoAudio(f"This file can't be read: {error.strerror}.") from error
    try:
        import av
    except ImportError:
        return _wave(path)
    return _any_format(path, av)


def _any_format(path: Path, av: ModuleType) -> Generator[bytes]:
    try:
        container = av.open(path)
    except av.FFmpegError as error:
        raise NoAudio(UNREADABLE) from error
    if not container.streams.audio:
        container.close()
        raise NoAudio("This file has no audio.")
    return _decoded(container, av)


def _decoded(container: Any, av: ModuleType) -> Generator[bytes]:
    resampler = av.AudioResampler("s16", "mono", LIVE_RATE)
    with container:
        try:
            for frame in container.decode(audio=0):
                yield from map(_samples, resampler.resample(frame))
            yield from map(_samples, resampler.resample(None))
        except av.FFmpegError as error:
            raise NoAudio(
                "This recording is damaged; the audio before the damage was transcribed."
            ) from error


def _samples(frame: Any) -> bytes:
    """The samples of a frame, without the padding of its plane."""
    return bytes(frame.planes[0])[: 2 * frame.samples]


def _wave(path: Path) -> Generator[bytes]:
    try:
        file = wave.open(str(path), "rb")  # noqa: SIM115 it is closed by the generator
    except (wave.Error, EOFError) as error:
        raise NoAudio(
            "Only WAV files can be read here. Other formats need the package av: pip install av"
        ) from error
    if file.getsampwidth() != 2:
        file.close()
        raise NoAudio("This WAV file isn't 16-bit. Such files need the package av: pip install av")
    return _at_live_rate(file)


def _at_live_rate(file: wave.Wave_read) -> Generator[bytes]:
    """Samples at LIVE_RATE by linear interpolation, which suffices for speech."""
    channels, rate = file.getnchannels(), file.getframerate()
    with file:
        before, at = 0, 0.0
        step = rate / LIVE_RATE
        while block := file.readframes(BLOCK_SAMPLES):
            mono = [before, *_mono(array("h", block), channels)]
            out = array("h")
            while (left := int(at)) + 1 < len(mono):
                out.append(round(mono[left] + (mono[left + 1] - mono[left]) * (at - left)))
                at += step
            before, at = mono[-1], at - (len(mono) - 1)
            yield out.tobytes()


def _mono(samples: array[int], channels: int) -> Iterable[int]:
    if channels == 1:
        return samples
    return [sum(samples[at : at + channels]) // channels for at in range(0, len(samples), channels)]
