"""A session with a pipeline whose results come a little later, in the session's time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sentivox.errors import SpeechError
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.streaming.events import Action, InterimText, StreamEvent, TurnCompleted
from sentivox.streaming.session import StreamingSession
from sentivox.types import SAMPLE_RATE, Pcm

CHUNK = SAMPLE_RATE // 10


def silence(seconds: float) -> Pcm:
    return np.zeros(int(seconds * SAMPLE_RATE), np.int16)


@dataclass
class Conversation:
    """Feeds a session in pieces of 0.1 s; results come `delay_s` after their requests."""

    session: StreamingSession
    recognize: Callable[[LiveRequest], LiveResult | SpeechError]
    delay_s: float = 0.2
    events: list[tuple[float, StreamEvent]] = field(default_factory=list)
    """Each event with the session's time at which it came."""
    requests: list[LiveRequest] = field(default_factory=list)
    _due: list[tuple[float, LiveRequest]] = field(default_factory=list)
    """Requests without a result, with the time at which the result is due."""

    def feed(self, *pieces: Pcm) -> None:
        pcm = np.concatenate(pieces)
        for at in range(0, len(pcm), CHUNK):
            self.act(self.session.feed(pcm[at : at + CHUNK]))
            self._answer_until(self.session.received_s)

    def commit(self) -> None:
        self.act(self.session.commit())
        self.answer_all()

    def answer_all(self) -> None:
        while self._due:
            self._answer_until(float("inf"))

    def act(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, LiveRequest):
                self.requests.append(action)
                self._due.append((self.session.received_s + self.delay_s, action))
            else:
                self.events.append((self.session.received_s, action))

    def all(self, kind: type) -> list[StreamEvent]:
        return [event for _, event in self.events if isinstance(event, kind)]

    @property
    def turns(self) -> list[TurnCompleted]:
        return [event for _, event in self.events if isinstance(event, TurnCompleted)]

    def added(self, turn: int) -> str:
        """All additions to the text of a turn."""
        texts = [event for _, event in self.events if isinstance(event, InterimText)]
        return "".join(text.added for text in texts if text.turn == turn)

    def _answer_until(self, now: float) -> None:
        due = [request for at, request in self._due if at <= now]
        self._due = [each for each in self._due if each[0] > now]
        for request in due:
            self.act(self.session.answer(request, self.recognize(request)))
