"""The state of one live session: audio in, events and requests to the pipeline out.

A plain object without sockets, threads or clocks. The caller feeds audio with `feed`, sends the
requests that it returns to the pipeline, and passes each result to `answer`. The session's time is
the amount of audio received.

    speech        ▁▁▁▁███████▁▁█████████▁▁▁▁▁▁▁▁
    interim            ↑   ↑    ↑   ↑              while the speaker talks
    final                    ↑         ↑           after a short pause: it may be the last one
    end of turn                              ↑     after a long pause: the last final is valid
"""

from __future__ import annotations

from collections.abc import Iterator

from sentivox.audio.segments import SegmentFinder
from sentivox.audio.vad import VadModel, VoiceActivityDetector
from sentivox.errors import SpeechError
from sentivox.pipeline.live_requests import LiveRequest, LiveResult, PreviousTurn
from sentivox.settings import StreamingSettings
from sentivox.streaming.events import (
    Action,
    SpeechStarted,
    SpeechStopped,
    TurnCommitted,
    TurnCompleted,
    TurnFailed,
)
from sentivox.streaming.pcm_buffer import PcmBuffer
from sentivox.streaming.previous_words import PreviousWords
from sentivox.streaming.turn import Turn
from sentivox.streaming.window import LiveWindow
from sentivox.transcript.sentences import mean_sentiment
from sentivox.types import (
    SAMPLE_RATE,
    Pcm,
    Priority,
    Sentiment,
    SpeechDetection,
    SpeechSegment,
    SpeechWindow,
    TranscriptionOptions,
)

VAD_HANGOVER_FRAMES = 3
"""Frames subtracted from the silence that ends a turn, so that turns end after that silence on
average. Silero VAD reports speech for about 50 ms after its end (docs/log.md), and audio that comes
in pieces of 100 ms is 50 ms late on average.
"""
CHUNK_SAMPLES = SAMPLE_RATE // 10
"""Samples processed in one step: the most that events of a long piece of audio are late."""


class StreamingSession:
    """A live session. `automatic` ends turns at pauses; otherwise `commit` ends them."""

    def __init__(
        self,
        vad: VadModel,
        options: TranscriptionOptions,
        settings: StreamingSettings,
        *,
        automatic: bool = True,
    ) -> None:
        self.options = options
        self.automatic = automatic
        self.uncommitted_s = 0.0
        """Seconds of audio received since a turn was committed or cleared."""
        self._settings = settings
        self._vad = VoiceActivityDetector(vad)
        self._segments = _segment_finder(options.detection)
        self._audio = PcmBuffer()
        self._turns: dict[int, Turn] = {}
        """Turns without complete text, by number."""
        self._open_turn: Turn | None = None
        self._turn_count = 0
        self._last_committed: int | None = None
        self._expected_language: str | None = None
        """The language of the latest turn with text."""
        self._interim_latency_s = 0.0
        """Seconds of audio received between the latest interim request and its result."""
        self._sentiments: list[tuple[Sentiment, float]] = []
        """Sentiments of the turns so far, with the length of each turn."""
        self._previous_words = PreviousWords(settings.previous_turn_context_s)

    @property
    def received_s(self) -> float:
        """Seconds of audio received."""
        return self._audio.end_s

    @property
    def open_turn(self) -> int | None:
        """Number of the turn that hasn't been committed; None without one."""
        return self._open_turn.number if self._open_turn else None

    def can_commit(self, min_audio_s: float) -> bool:
        """Whether a turn is open or, without automatic ends, `min_audio_s` of audio came since the
        last turn.
        """
        if self._open_turn is not None:
            return True
        return not self.automatic and self.uncommitted_s >= min_audio_s

    def update(self, options: TranscriptionOptions, *, automatic: bool) -> list[Action]:
        """Change the options. An open turn with an automatic end ends here; a turn that `commit`
        ends continues.
        """
        if options == self.options and automatic == self.automatic:
            return []
        actions = list(self._end_turn()) if self.automatic or automatic else []
        if options.detection != self.options.detection:
            if self._open_turn:
                self._segments.stop()
                actions += self._end_window(self._open_turn, self.received_s, self._speech_end)
            self._segments = _segment_finder(options.detection, self._segments.next_frame)
        self.options = options
        self.automatic = automatic
        return actions

    def feed(self, pcm: Pcm) -> list[Action]:
        """Process audio at SAMPLE_RATE, in pieces of any length."""
        return [
            action
            for at in range(0, len(pcm), CHUNK_SAMPLES)
            for action in self._feed_chunk(pcm[at : at + CHUNK_SAMPLES])
        ]

    def answer(self, request: LiveRequest, result: LiveResult | SpeechError) -> list[Action]:
        """Process the result of a request, or the error that took its place."""
        turn = self._turns.get(request.turn)
        if turn is None:
            return []
        if isinstance(result, SpeechError):
            return list(self._fail(turn, request, result))
        if not request.final:
            self._interim_latency_s = self.received_s - request.end
        return [*turn.add_result(request, result, self.received_s), *self._complete(turn)]

    def commit(self) -> list[Action]:
        """End the open turn now. Without speech, the turn is empty."""
        if self._open_turn is None and not self.automatic:
            self._open_turn = self._new_turn(self.received_s)
            self._open_turn.drop_last_window()
        return list(self._end_turn())

    def clear(self) -> None:
        """Discard the open turn and its audio."""
        self._previous_words.clear()
        if self._open_turn is not None:
            del self._turns[self._open_turn.number]
            self._open_turn = None
        self._segments.stop()
        self.uncommitted_s = 0.0

    @property
    def _speech_end(self) -> float:
        """End of the latest frame with speech, in seconds of the session."""
        return self._segments.speech_end_s

    def _feed_chunk(self, chunk: Pcm) -> Iterator[Action]:
        self._audio.append(chunk)
        self.uncommitted_s += len(chunk) / SAMPLE_RATE
        for segment in self._segments.feed(self._vad.feed(chunk)):
            yield from self._end_segment(segment)
        if self._segments.speaking:
            yield from self._on_speech(self._segments.start_s)
        elif self._open_turn and self.automatic and not self._segments.open:
            yield from self._end_turn()
        if self._open_turn:
            yield from self._request_text(self._open_turn)
        self._discard_audio()

    def _on_speech(self, start: float) -> Iterator[Action]:
        """Open a turn, or a window of the turn that waits for `commit`, unless one is open."""
        if self._open_turn is None:
            self._open_turn = self._new_turn(start)
            if self.automatic:
                yield SpeechStarted(self._open_turn.number, start)
        elif self._open_turn.windows[-1].end is not None:
            self._open_turn.start_window(start)

    def _new_turn(self, speech_start: float) -> Turn:
        self._turn_count += 1
        turn = Turn(
            self._turn_count,
            speech_start if self.automatic else self.received_s - self.uncommitted_s,
            self.options.language,
            self._settings,
            self._previous_words,
            speech_start,
        )
        self._turns[turn.number] = turn
        return turn

    def _end_segment(self, segment: SpeechSegment) -> Iterator[Action]:
        """A speech segment ended at a long pause, or was cut at its maximum length."""
        yield from self._on_speech(segment.start)
        if self._open_turn is None:
            return
        was_cut = self._segments.open and self._segments.start_s == segment.end
        if was_cut:
            yield from self._end_window(self._open_turn, segment.end, segment.end)
            self._open_turn.start_window(segment.end)
        elif self.automatic:
            yield from self._end_turn(segment.end)
        else:
            yield from self._end_window(self._open_turn, segment.end, self._speech_end)

    def _end_turn(self, end: float | None = None) -> Iterator[Action]:
        """Commit the open turn, if there is one; `end` is None to end its speech now."""
        turn, self._open_turn = self._open_turn, None
        if end is None:
            segment = self._segments.stop()
            end = segment.end if segment and self.automatic else self.received_s
        self.uncommitted_s = 0.0
        if turn is None:
            return
        turn.end = max(turn.start, min(end, self.received_s))
        if self.automatic:
            yield SpeechStopped(turn.number, turn.end)
        yield TurnCommitted(turn.number, self._last_committed)
        self._last_committed = turn.number
        yield from self._end_window(turn, turn.end, self._speech_end)
        yield from self._complete(turn)

    def _end_window(self, turn: Turn, end: float, speech_end: float) -> Iterator[Action]:
        """End the last window of a turn. A final result that covers all its speech stays valid;
        otherwise a last one is requested.
        """
        window = turn.windows[-1]
        if window.end is not None:
            return
        window.end = max(window.start, end)
        if speech_end <= window.start:
            turn.drop_last_window()
        elif not window.has_final_until(speech_end):
            yield self._request(turn, Priority.FINAL)
        yield from turn.finish_windows(self.received_s)

    def _request_text(self, turn: Turn) -> Iterator[Action]:
        """Request interim or final text of the window that grows, if it is due."""
        window = turn.windows[-1]
        if window.end is not None or not self._segments.speaking:
            return
        window.vad_confidence = self._segments.vad_confidence
        requested_end = window.requested_speech_end
        resumed = window.has_final_until(requested_end) and self._speech_end > requested_end
        if resumed and requested_end - window.start >= self._settings.window_s:
            yield from self._split_window(turn)
        elif self._segments.pause_s >= self._settings.pause_s:
            if not window.has_final_until(self._speech_end):
                yield self._request(turn, Priority.FINAL)
        elif (
            not window.awaiting_result
            and window is turn.current_window
            and self._interim_is_due(window)
        ):
            yield self._request(turn, Priority.INTERIM)

    def _split_window(self, turn: Turn) -> Iterator[Action]:
        """End the window at its latest pause; speech after the pause begins the next window."""
        speech_end = turn.windows[-1].requested_speech_end
        cut = self._segments.split(speech_end + self._settings.pause_s / 2).end
        yield from self._end_window(turn, cut, speech_end)
        turn.start_window(cut)

    def _interim_is_due(self, window: LiveWindow) -> bool:
        if window.request:
            interval_s = max(
                self._settings.interim_interval_s,
                self._settings.interim_rest_factor * self._interim_latency_s,
            )
            return self._speech_end - window.requested_speech_end >= interval_s
        padding_s = self.options.detection.prefix_padding_ms / 1000 if window.index == 0 else 0.0
        return self._speech_end - window.start - padding_s >= self._settings.first_interim_s

    def _request(self, turn: Turn, priority: Priority) -> LiveRequest:
        """A request for the text of the last window, up to its end or the latest audio."""
        window = turn.windows[-1]
        end = self.received_s if window.end is None else window.end
        pcm = self._audio.between(window.start, end)
        speech = SpeechSegment(window.start, end, window.vad_confidence)
        request = LiveRequest(
            turn=turn.number,
            window=SpeechWindow(window.index, window.start, pcm, (speech,)),
            priority=priority,
            language=turn.language or self._language_of_first_words(priority, pcm),
            expected=self._expected_language,
            word_times=priority is Priority.FINAL,
            prefix=window.prefix,
            draft_tokens=window.draft_tokens,
            said="".join(earlier.text for earlier in turn.windows[: window.index]),
            before=self._previous_turn(turn, window, end) if priority is Priority.FINAL else None,
        )
        window.start_request(request, min(self._speech_end, end))
        return request

    def _previous_turn(self, turn: Turn, window: LiveWindow, end: float) -> PreviousTurn | None:
        """Context for a short window; None for a window as long as the context, and while earlier
        speech has no final text.
        """
        context_start = max(0.0, end - self._settings.previous_turn_context_s)
        words = self._previous_words.since(context_start)
        if not words or len(self._turns) > 1 or turn.current_window is not window:
            return None
        return PreviousTurn(
            pcm=self._audio.between(words[0].start, window.start),
            tokens=tuple(token for word in words for token in word.tokens),
            language=self._previous_words.language,
        )

    def _language_of_first_words(self, priority: Priority, pcm: Pcm) -> str | None:
        """The language of the turn before, for interim text of speech too short to detect its
        language; None to detect it.
        """
        too_short = len(pcm) / SAMPLE_RATE < self._settings.language_min_speech_s
        return self._expected_language if priority is Priority.INTERIM and too_short else None

    def _complete(self, turn: Turn) -> Iterator[Action]:
        if turn.end is None or not turn.finished or turn.number not in self._turns:
            return
        del self._turns[turn.number]
        if turn.text:
            self._expected_language = turn.language
            if turn.sentiment:
                self._sentiments.append((turn.sentiment, turn.end - turn.start))
        yield TurnCompleted(
            turn=turn.number,
            start=turn.start,
            end=turn.end,
            text=turn.text,
            language=turn.language if turn.text else None,
            detection=turn.detection,
            segments=tuple(turn.segments),
            suppressed=tuple(turn.suppressed),
            sentiment=turn.sentiment,
            average=mean_sentiment(self._sentiments),
            warnings=tuple(turn.warnings.values()),
            lag=max(0.0, self.received_s - turn.end),
        )

    def _fail(self, turn: Turn, request: LiveRequest, error: SpeechError) -> Iterator[Action]:
        """The turn fails if its window has ended; otherwise the next request replaces this one."""
        window = turn.windows[request.window.index]
        if request is not window.request:
            return
        window.awaiting_result = False
        if window.end is None:
            return
        if turn is self._open_turn:
            self._open_turn = None
        del self._turns[turn.number]
        self._previous_words.clear()
        yield TurnFailed(turn.number, error)

    def _discard_audio(self) -> None:
        """Discard audio that neither a window nor the context of a window needs."""
        needed_from = self._segments.earliest_s
        if self._open_turn and self._open_turn.windows[-1].end is None:
            needed_from = min(needed_from, self._open_turn.windows[-1].start)
        self._audio.discard_before(needed_from - self._settings.previous_turn_context_s)


def _segment_finder(detection: SpeechDetection, now: int = 0) -> SegmentFinder:
    """A finder of speech segments whose first frame follows `now` frames of the session."""
    return SegmentFinder(detection, next_frame=now, hangover_frames=VAD_HANGOVER_FRAMES)
