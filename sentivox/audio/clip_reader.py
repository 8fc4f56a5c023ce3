"""An uploaded file to windows of speech: the one object of the audio decoder stage."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

import torch

from sentivox.audio.decoding import ebml, riff, xing
from sentivox.audio.decoding.container import MATROSKA, MP3, WAV, WEBM, Container, sniff
from sentivox.audio.decoding.messages import StreamInfo
from sentivox.audio.decoding.process import DecoderProcess
from sentivox.audio.tracks import MixedTrack, SplitTrack, Track
from sentivox.audio.vad import VadModel
from sentivox.errors import AudioTooLarge, UnreadableAudio
from sentivox.settings import AudioDecoderSettings
from sentivox.types import AudioInfo, CutAudio, DecodedAudio, SpeechDetection, SpeechWindow

LOWEST_RATE = 4_000
HIGHEST_RATE = 384_000
MOST_CHANNELS = 8
MOST_TALKING = 2
"""Channels that are split may hold as much speech as so many people who never pause; more would
make a file cost many times its length."""
SAMPLE_BYTES = 2
WHOLE = 0.9
"""A file that yields less than this share of the length in its header was cut off."""
ARRIVED: dict[Container, Callable[[bytes], float]] = {
    WAV: riff.data_share,
    MP3: xing.data_share,
    WEBM: ebml.data_share,
    MATROSKA: ebml.data_share,
}
"""How much of a file is there, where FFmpeg takes what it gets and doesn't say that there should be
more."""


class GivenUpError(Exception):
    """Whoever asked for the reading has left, so nobody sees this."""


class ClipReader:
    """Files in, windows out, for several threads at once.

    Bytes are parsed in child processes; what comes back is mixed, resampled, searched for voices
    and cut piece by piece, so that nothing but what `keep` keeps grows with the length of the clip.
    """

    def __init__(self, settings: AudioDecoderSettings) -> None:
        """Start the child processes; raise StageUnavailable when that can't be done."""
        torch.set_num_threads(settings.threads)
        self._settings = settings
        self._model = VadModel(settings.threads)
        self._idle: queue.SimpleQueue[DecoderProcess] = queue.SimpleQueue()
        for _ in range(settings.processes):
            process = DecoderProcess(settings.memory_mb, settings.decode_timeout_s)
            process.start()
            self._idle.put(process)

    def read(
        self,
        audio: bytes,
        detection: SpeechDetection,
        container: Container | None = None,
        given_up: Event | None = None,
        *,
        split_channels: bool = False,
    ) -> DecodedAudio:
        """As `cut`, with all windows in memory, in order of their starts."""
        windows: list[SpeechWindow] = []
        cut = self.cut(
            audio, detection, windows.append, container, given_up, split_channels=split_channels
        )
        in_order = sorted(windows, key=lambda window: window.start)
        return DecodedAudio(
            cut.info,
            tuple(replace(window, index=index) for index, window in enumerate(in_order)),
            cut.suppressed,
        )

    def cut(
        self,
        audio: bytes,
        detection: SpeechDetection,
        keep: Callable[[SpeechWindow], None],
        container: Container | None = None,
        given_up: Event | None = None,
        *,
        split_channels: bool = False,
    ) -> CutAudio:
        """Hand each window to `keep` as soon as it's complete, those of a channel in order. Raise
        AudioError for a bad file, StageUnavailable when no child can be started.

        With `split_channels`, every channel has windows of its own, without what it lets through
        of a louder one; else all are mixed.

        The container is told from the bytes unless one is named, which only raw G.722 needs.
        Once `given_up` is set, the reading ends with GivenUpError at the next piece.
        """
        container = container or sniff(audio)
        _refuse_missing_bytes(audio, container)
        with self._borrowed_process() as process:
            stream = process.open(audio, container.demuxer)
            _refuse_absurd(stream)
            track = self._track(stream, detection, split_channels=split_channels)
            pieces = _while_wanted(process.pieces(), given_up)
            info = self._listen(pieces, stream, track, container, keep)
            _refuse_cut_off(max(process.reached_s, info.seconds), stream, container)
            return CutAudio(info, tuple(track.suppressed()))

    def close(self) -> None:
        """End the child processes, those in use after their file. Once, and after the last `cut`
        has begun.
        """
        for _ in range(self._settings.processes):
            self._idle.get().kill()

    @contextmanager
    def _borrowed_process(self) -> Iterator[DecoderProcess]:
        process = self._idle.get()
        try:
            yield process
        finally:
            process.renew()
            self._idle.put(process)

    def _track(
        self, stream: StreamInfo, detection: SpeechDetection, *, split_channels: bool
    ) -> Track:
        if split_channels and stream.channels > 1:
            return SplitTrack(stream, self._model, detection, self._settings)
        only = 0 if split_channels else None
        return MixedTrack(stream, self._model, detection, self._settings, only)

    def _listen(
        self,
        pieces: Iterator[bytes],
        stream: StreamInfo,
        track: Track,
        container: Container,
        keep: Callable[[SpeechWindow], None],
    ) -> AudioInfo:
        frames = 0
        for piece in pieces:
            frames += len(piece) // (SAMPLE_BYTES * stream.channels)
            self._refuse_too_long(frames / stream.sample_rate)
            self._keep(track.feed(piece), track, keep)
        self._keep(track.finish(), track, keep)
        return AudioInfo(
            seconds=frames / stream.sample_rate,
            container=container.name,
            codec=stream.codec,
            sample_rate=stream.sample_rate,
            channels=stream.channels,
            peak_dbfs=track.peak_dbfs,
        )

    def _keep(
        self, windows: Sequence[SpeechWindow], track: Track, keep: Callable[[SpeechWindow], None]
    ) -> None:
        self._refuse_too_much_speech(track.speech_s)
        for window in windows:
            keep(window)

    def _refuse_too_long(self, seconds: float) -> None:
        longest = self._settings.max_seconds
        if seconds > longest:
            raise AudioTooLarge(
                f"The audio is longer than {longest:g} seconds; split it and send the parts."
            )

    def _refuse_too_much_speech(self, seconds: float) -> None:
        longest = MOST_TALKING * self._settings.max_seconds
        if seconds > longest:
            raise AudioTooLarge(
                f"The channels hold more than {longest:g} seconds of speech together; "
                "send them in several files."
            )


def _while_wanted(pieces: Iterator[bytes], given_up: Event | None) -> Iterator[bytes]:
    for piece in pieces:
        if given_up and given_up.is_set():
            raise GivenUpError
        yield piece


def _refuse_absurd(stream: StreamInfo) -> None:
    if not LOWEST_RATE <= stream.sample_rate <= HIGHEST_RATE:
        raise UnreadableAudio(
            f"The audio claims {stream.sample_rate} samples per second; "
            f"between {LOWEST_RATE} and {HIGHEST_RATE} are read."
        )
    if not 1 <= stream.channels <= MOST_CHANNELS:
        raise UnreadableAudio(
            f"The audio claims {stream.channels} channels; at most {MOST_CHANNELS} are read."
        )


def _refuse_missing_bytes(audio: bytes, container: Container) -> None:
    share = ARRIVED[container](audio) if container in ARRIVED else 1.0
    if share < WHOLE:
        raise UnreadableAudio(f"The file seems cut off: {share:.0%} of it arrived. Send it again.")


def _refuse_cut_off(reached: float, stream: StreamInfo, container: Container) -> None:
    stated = stream.stated_seconds
    if container.states_length and stated and reached < WHOLE * stated:
        raise UnreadableAudio(
            f"The file seems cut off: {reached:.1f} of its {stated:.1f} seconds arrived. "
            "Send it again."
        )
