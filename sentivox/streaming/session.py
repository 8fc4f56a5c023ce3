"""One live conversation: audio in, events and requests to the stages out.

A plain object without sockets, threads or clocks: `feed` it audio as it comes, hand the requests it
returns to whoever can answer them, and `answer` with what they heard. Its time is the number of
samples it was fed.

    speech        ▁▁▁▁███████▁▁█████████▁▁▁▁▁▁▁▁
    drafts             ↑   ↑    ↑   ↑              while somebody speaks
    final                    ↑         ↑           after a short pause, in case it's the last
    end of turn                              ↑     after a long one: the last final stands
"""

from __future__ import annotations

from collections.abc import Iterator

from sentivox.audio.segments import SegmentFinder
from sentivox.audio.vad import VadModel, VoiceActivityDetector
from sentivox.errors import SpeechError
from sentivox.pipeline.live_requests import LiveRequest, LiveResult, PreviousTurn
from sentivox.settings import StreamingSettings
from sentivox.streaming.average import AverageSentiment
from sentivox.streaming.events import (
    Action,
    SpeechStarted,
    SpeechStopped,
    TurnCommitted,
    TurnCompleted,
    TurnFailed,
)
from sentivox.streaming.pcm_tail import PcmTail
from sentivox.streaming.recent_text import RecentText
from sentivox.streaming.turn import Turn
from sentivox.streaming.window import LiveWindow
from sentivox.types import (
    SAMPLE_RATE,
    Pcm,
    Priority,
    SpeechSegment,
    SpeechWindow,
    TranscriptionOptions,
)

ECHO_FRAMES = 3
"""Silero hears a voice about 50 ms longer than it sounds (docs/log.md), and audio comes in pieces
of a tenth of a second: whoever asks for half a second of silence should wait for that, on average.
"""
PIECE_SAMPLES = SAMPLE_RATE // 10
"""What is looked at together: events are never later than this for a long piece of audio."""


class StreamingSession:
    """`automatic` ends turns at pauses; otherwise `commit` does."""

    def __init__(
        self,
        voices: VadModel,
        options: TranscriptionOptions,
        settings: StreamingSettings,
        *,
        automatic: bool = True,
    ) -> None:
        self.options = options
        self.automatic = automatic
        self.uncommitted_s = 0.0
        """Audio since the last turn was committed or cleared."""
        self._settings = settings
        self._voices = VoiceActivityDetector(voices)
        self._finder = SegmentFinder(options.detection, hangover_frames=ECHO_FRAMES)
        self._audio = PcmTail()
        self._turns: dict[int, Turn] = {}
        self._open: Turn | None = None
        self._count = 0
        self._last_committed: int | None = None
        self._expected: str | None = None
        self._draft_took_s = 0.0
        self._average = AverageSentiment()
        self._last_words = RecentText(settings.previous_turn_context_s)

    @property
    def heard_s(self) -> float:
        """Seconds of audio so far."""
        return self._audio.end_s

    @property
    def open_turn(self) -> int | None:
        """The number of the turn that somebody is speaking, or that waits for `commit`."""
        return self._open.number if self._open else None

    @property
    def idle(self) -> bool:
        """Whether nothing is being said and nothing is waited for."""
        return not self._turns

    def can_commit(self, shortest_s: float) -> bool:
        """Whether there is speech, or, when turns end by hand, so much audio."""
        return self._open is not None or (not self.automatic and self.uncommitted_s >= shortest_s)

    def update(self, options: TranscriptionOptions, *, automatic: bool) -> list[Action]:
        """New options. A turn that pauses end ends here; one that waits for `commit` goes on."""
        if options == self.options and automatic == self.automatic:
            return []
        actions = list(self._end_turn()) if self.automatic or automatic else []
        if options.detection != self.options.detection:
            if self._open:
                self._finder.stop()
                voice_until = self._finder.speech_end_s
                actions += self._end_window(self._open, self.heard_s, voice_until)
            self._finder = SegmentFinder(
                options.detection, next_frame=self._finder.next_frame, hangover_frames=ECHO_FRAMES
            )
        self.options = options
        self.automatic = automatic
        return actions

    def feed(self, pcm: Pcm) -> list[Action]:
        """Audio at SAMPLE_RATE, in pieces of any length."""
        return [
            action
            for at in range(0, len(pcm), PIECE_SAMPLES)
            for action in self._listen(pcm[at : at + PIECE_SAMPLES])
        ]

    def answer(self, request: LiveRequest, heard: LiveResult | SpeechError) -> list[Action]:
        """What was heard of a request that `feed`, `commit` or `answer` returned."""
        turn = self._turns.get(request.turn)
        if turn is None:
            return []
        if isinstance(heard, SpeechError):
            return list(self._fail(turn, request, heard))
        if not request.final:
            self._draft_took_s = self.heard_s - request.end
        return [*turn.take(request, heard, self.heard_s), *self._complete(turn)]

    def commit(self) -> list[Action]:
        """The turn ends now. With nothing said it's an empty one."""
        if self._open is None and not self.automatic:
            self._open = self._new_turn(self.heard_s)
            self._open.drop_last_window()
        return list(self._end_turn())

    def clear(self) -> None:
        """Forget the turn that is open."""
        self._last_words.forget()
        if self._open is not None:
            del self._turns[self._open.number]
            self._open = None
        self._finder.stop()
        self.uncommitted_s = 0.0

    def _listen(self, piece: Pcm) -> Iterator[Action]:
        self._audio.append(piece)
        self.uncommitted_s += len(piece) / SAMPLE_RATE
        for segment in self._finder.feed(self._voices.feed(piece)):
            yield from self._end_segment(segment)
        if self._finder.speaking:
            yield from self._hear_voice(self._finder.start_s)
        elif self._open and self.automatic and not self._finder.open:
            yield from self._end_turn()
        if self._open:
            yield from self._ask(self._open)
        self._forget()

    def _hear_voice(self, start: float) -> Iterator[Action]:
        """Somebody speaks: in a new turn, or in a new window of the one that waits for `commit`."""
        if self._open is None:
            self._open = self._new_turn(start)
            if self.automatic:
                yield SpeechStarted(self._open.number, start)
        elif self._open.windows[-1].end is not None:
            self._open.next_window(start)

    def _new_turn(self, start: float) -> Turn:
        self._count += 1
        begin = start if self.automatic else self.heard_s - self.uncommitted_s
        turn = Turn(
            self._count, begin, self.options.language, self._settings, self._last_words, start
        )
        self._turns[turn.number] = turn
        return turn

    def _end_segment(self, segment: SpeechSegment) -> Iterator[Action]:
        """A voice has paused for long, or spoken for so long that it had to be cut."""
        yield from self._hear_voice(segment.start)
        if self._open is None:
            return
        if self._finder.open and self._finder.start_s == segment.end:
            yield from self._end_window(self._open, segment.end, segment.end)
            self._open.next_window(segment.end)
        elif self.automatic:
            yield from self._end_turn(segment.end)
        else:
            yield from self._end_window(self._open, segment.end, self._finder.speech_end_s)

    def _end_turn(self, end: float | None = None) -> Iterator[Action]:
        """Of the turn that is open, if one is; now, if its end isn't known."""
        turn, self._open = self._open, None
        if end is None:
            segment = self._finder.stop()
            end = segment.end if segment and self.automatic else self.heard_s
        self.uncommitted_s = 0.0
        if turn is None:
            return
        turn.end = max(turn.start, min(end, self.heard_s))
        if self.automatic:
            yield SpeechStopped(turn.number, turn.end)
        yield TurnCommitted(turn.number, self._last_committed)
        self._last_committed = turn.number
        yield from self._end_window(turn, turn.end, self._finder.speech_end_s)
        yield from self._complete(turn)

    def _end_window(self, turn: Turn, end: float, voice_until: float) -> Iterator[Action]:
        """A final hearing that missed no voice stands; otherwise there is one more."""
        window = turn.windows[-1]
        if window.end is not None:
            return
        window.end = max(window.start, end)
        if voice_until <= window.start:
            turn.drop_last_window()
        elif not window.heard_until(voice_until):
            yield self._request(turn, Priority.FINAL)
        yield from turn.finish_windows(self.heard_s)

    def _ask(self, turn: Turn) -> Iterator[Action]:
        """For a hearing of the window that grows, when one is due."""
        window = turn.windows[-1]
        if window.end is not None or not self._finder.speaking:
            return
        window.voice = self._finder.vad_confidence
        voice_until = self._finder.speech_end_s
        came_back = window.heard_until(window.asked_voice_until) and (
            voice_until > window.asked_voice_until
        )
        if came_back and window.asked_voice_until - window.start >= self._settings.window_s:
            yield from self._split(turn)
        elif self._finder.pause_s >= self._settings.pause_s:
            if not window.heard_until(voice_until):
                yield self._request(turn, Priority.FINAL)
        elif not window.waiting and window is turn.current and self._draft_is_due(window):
            yield self._request(turn, Priority.INTERIM)

    def _split(self, turn: Turn) -> Iterator[Action]:
        """What was heard up to the pause before these words is a window of its own."""
        voice_until = turn.windows[-1].asked_voice_until
        cut = self._finder.split(voice_until + self._settings.pause_s / 2).end
        yield from self._end_window(turn, cut, voice_until)
        turn.next_window(cut)

    def _draft_is_due(self, window: LiveWindow) -> bool:
        voice_until = self._finder.speech_end_s
        if window.asked:
            rest_s = max(
                self._settings.interim_interval_s,
                self._settings.interim_rest_factor * self._draft_took_s,
            )
            return voice_until - window.asked_voice_until >= rest_s
        padding_s = self.options.detection.prefix_padding_ms / 1000 if window.index == 0 else 0.0
        return voice_until - window.start - padding_s >= self._settings.first_interim_s

    def _request(self, turn: Turn, priority: Priority) -> LiveRequest:
        window = turn.windows[-1]
        end = self.heard_s if window.end is None else window.end
        pcm = self._audio.between(window.start, end)
        request = LiveRequest(
            turn=turn.number,
            window=SpeechWindow(
                window.index,
                window.start,
                pcm,
                (SpeechSegment(window.start, end, window.voice),),
            ),
            priority=priority,
            language=turn.language or self._first_language(priority, pcm),
            expected=self._expected,
            word_times=priority is Priority.FINAL or self._settings.stability == "attention",
            prefix=window.prefix,
            draft_tokens=window.guess,
            said="".join(earlier.text for earlier in turn.windows[: window.index]),
            before=self._before(turn, window, end) if priority is Priority.FINAL else None,
        )
        window.ask(request, min(self._finder.speech_end_s, end))
        return request

    def _before(self, turn: Turn, window: LiveWindow, end: float) -> PreviousTurn | None:
        """None for a window long enough by itself, and where something was said since that isn't
        understood yet.
        """
        words = self._last_words.since(max(0.0, end - self._settings.previous_turn_context_s))
        if not words or len(self._turns) > 1 or turn.current is not window:
            return None
        return PreviousTurn(
            pcm=self._audio.between(words[0].start, window.start),
            tokens=tuple(token for word in words for token in word.tokens),
            language=self._last_words.language,
        )

    def _first_language(self, priority: Priority, pcm: Pcm) -> str | None:
        """The language before is good enough for the first words; soon they'll tell their own."""
        seconds = len(pcm) / SAMPLE_RATE
        early = priority is Priority.INTERIM and seconds < self._settings.language_min_speech_s
        return self._expected if early else None

    def _complete(self, turn: Turn) -> Iterator[Action]:
        if turn.end is None or not turn.finished or turn.number not in self._turns:
            return
        del self._turns[turn.number]
        if turn.text:
            self._expected = turn.language
            self._average.add(turn.sentiment, turn.end - turn.start)
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
            average=self._average.value,
            warnings=tuple(turn.warnings.values()),
            lag=max(0.0, self.heard_s - turn.end),
        )

    def _fail(self, turn: Turn, request: LiveRequest, error: SpeechError) -> Iterator[Action]:
        """A draft that fails is made up for by the next; without its final a turn is lost."""
        window = turn.windows[request.window.index]
        if request is not window.asked:
            return
        window.waiting = False
        if window.end is None:
            return
        if turn is self._open:
            self._open = None
        del self._turns[turn.number]
        self._last_words.forget()
        yield TurnFailed(turn.number, error)

    def _forget(self) -> None:
        needed = self._finder.earliest_s
        if self._open and self._open.windows[-1].end is None:
            needed = min(needed, self._open.windows[-1].start)
        self._audio.forget(needed - self._settings.previous_turn_context_s)
