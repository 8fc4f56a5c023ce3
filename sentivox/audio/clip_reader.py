"""An uploaded file to windows of speech: what the audio decoder stage runs."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Event

import torch

from sentivox.audio.decoding.container import Container, sniff
from sentivox.audio.decoding.messages import StreamInfo
from sentivox.audio.decoding.process import DecoderProcess
from sentivox.audio.decoding.source import Source, source_of
from sentivox.audio.track import Track
from sentivox.audio.vad import VadModel
from sentivox.errors import AudioTooLarge, UnreadableAudio
from sentivox.settings import AudioDecoderSettings
from sentivox.types import (
    AudioInfo,
    CutAudio,
    DecodedAudio,
    DecodeOptions,
    SpeechDetection,
    SpeechWindow,
    TranscriptionWarning,
)

MIN_SAMPLE_RATE = 4_000
MAX_SAMPLE_RATE = 384_000
MAX_CHANNELS = 8
MAX_SPEECH_RATIO = 2
"""Longest speech of all split channels together, over the longest accepted audio. It bounds the
cost of a file with many channels: two people who never pause are accepted."""
MIN_DECODED_FRACTION = 0.9
"""Files with less than this fraction of the seconds that their header states are truncated: the
seconds stated are less exact than bytes."""


class ReadCancelledError(Exception):
    """The caller cancelled the reading; raised in the caller's own thread only."""


class ClipReader:
    """Reads files and cuts them into windows; may be used by several threads at the same time.

    Files are parsed in child processes. Their PCM is mixed, resampled, searched for speech and cut
    piece by piece, so memory doesn't grow with the length of the clip, except for the windows that
    `on_window` keeps.
    """

    def __init__(self, settings: AudioDecoderSettings) -> None:
        """Start the child processes; raise StageUnavailable when that fails."""
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
        *,
        split_channels: bool = False,
        audio_track: int = 0,
    ) -> DecodedAudio:
        """Decode a file into memory: all windows, ordered and numbered by their starts.

        Takes the arguments and raises the errors of `cut`.
        """
        windows: list[SpeechWindow] = []
        options = DecodeOptions(detection, split_channels, audio_track)
        cut = self.cut(audio, options, windows.append, container)
        in_order = sorted(windows, key=lambda window: window.start)
        return DecodedAudio(
            cut.info,
            cut.suppressed,
            cut.warnings,
            tuple(replace(window, index=index) for index, window in enumerate(in_order)),
        )

    def cut(
        self,
        audio: bytes,
        options: DecodeOptions,
        on_window: Callable[[SpeechWindow], None],
        container: Container | None = None,
        cancelled: Event | None = None,
    ) -> CutAudio:
        """Decode a file and pass each window to `on_window` as soon as the window is complete.

        Without `options.audio_track`, the default audio track that can be decoded; where that has
        no speech, the next one with speech.

        Channels are mixed. With `options.split_channels` each channel has its own windows, in
        order, without crosstalk from louder channels.

        The container is detected from the bytes unless one is given, which only raw G.722 needs.
        Setting `cancelled` ends the reading with ReadCancelledError at the next piece of PCM.

        Raise AudioError for a bad file and StageUnavailable when no child process can be started.
        """
        container = container or sniff(audio)
        source = source_of(audio, container)
        cutting = partial(self._cut_track, source, container, options, on_window, cancelled)
        first, speech, others = cutting(options.audio_track)
        for number in () if speech else others:
            cut, speech, _ = cutting(number)
            if speech:
                return cut
        return first

    def _cut_track(
        self,
        source: Source,
        container: Container,
        options: DecodeOptions,
        on_window: Callable[[SpeechWindow], None],
        cancelled: Event | None,
        number: int,
    ) -> tuple[CutAudio, bool, tuple[int, ...]]:
        """Cuts one track, 0 for the default one. Also returns whether it has speech, and the
        numbers of other tracks that can be decoded.
        """
        longest_s = self._settings.max_seconds
        with self._borrowed_process() as process:
            stream = process.open(source.audio, source.demuxer, number, longest_s)
            _refuse_unsupported_stream(stream)
            track = Track(
                stream,
                self._model,
                options.detection,
                self._settings.max_window_s,
                split_channels=options.split_channels,
            )
            for piece in process.pieces():
                if cancelled and cancelled.is_set():
                    raise ReadCancelledError
                self._emit(track.feed(piece), track, on_window)
            self._emit(track.finish(), track, on_window)
            decoded_s = max(process.last_decoded_s, track.seconds)
        cut = CutAudio(
            AudioInfo(
                seconds=track.seconds,
                container=container.name,
                codec=stream.codec,
                sample_rate=stream.sample_rate,
                channels=stream.channels,
                peak_dbfs=track.peak_dbfs,
            ),
            tuple(track.suppressed()),
            file_warnings(source, stream, container, decoded_s),
        )
        return cut, track.speech_s > 0, stream.other_tracks

    def close(self) -> None:
        """End the child processes; wait for the files that are being read.

        Call it once, after the last call of `cut` has begun.
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

    def _emit(
        self,
        windows: Sequence[SpeechWindow],
        track: Track,
        on_window: Callable[[SpeechWindow], None],
    ) -> None:
        longest = self._settings.max_seconds
        if track.seconds > longest:
            raise AudioTooLarge(
                f"The audio is longer than {longest:g} seconds; split it and send the parts."
            )
        if track.speech_s > MAX_SPEECH_RATIO * longest:
            raise AudioTooLarge(
                f"The channels hold more than {MAX_SPEECH_RATIO * longest:g} seconds of speech "
                "together; send them in several files."
            )
        for window in windows:
            on_window(window)


def _refuse_unsupported_stream(stream: StreamInfo) -> None:
    if not MIN_SAMPLE_RATE <= stream.sample_rate <= MAX_SAMPLE_RATE:
        raise UnreadableAudio(
            f"The audio claims {stream.sample_rate} samples per second; "
            f"between {MIN_SAMPLE_RATE} and {MAX_SAMPLE_RATE} are read."
        )
    if not 1 <= stream.channels <= MAX_CHANNELS:
        raise UnreadableAudio(
            f"The audio claims {stream.channels} channels; at most {MAX_CHANNELS} are read."
        )


def file_warnings(
    source: Source, stream: StreamInfo, container: Container, decoded_s: float
) -> tuple[TranscriptionWarning, ...]:
    """Warnings about a file that is cut off, or has several audio tracks."""
    warnings = []
    truncated = source.warning
    stated = stream.stated_seconds
    if container.states_length and stated and decoded_s < MIN_DECODED_FRACTION * stated:
        truncated = truncated or (
            f"The file seems cut off: {decoded_s:.1f} of its {stated:.1f} seconds are here."
        )
    if truncated:
        warnings.append(TranscriptionWarning("truncated", truncated))
    if stream.tracks > 1:
        warnings.append(
            TranscriptionWarning(
                "several_audio_tracks",
                f"The file has {stream.tracks} audio tracks; this is the transcript of track "
                f"{stream.track}. 'audio_track' selects another.",
            )
        )
    return tuple(warnings)
