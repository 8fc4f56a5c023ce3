"""A session and its stages, with answers that come a little later, in time of the stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sentivox.errors import SpeechError
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.streaming.events import Action, InterimText, StreamEvent, TurnCompleted
from sentivox.streaming.session import StreamingSession
from sentivox.types import SAMPLE_RATE, Pcm

PIECE = SAMPLE_RATE // 10


def silence(seconds: float) -> Pcm:
    return np.zeros(int(seconds * SAMPLE_RATE), np.int16)


@dataclass
class Conversation:
    session: StreamingSession
    ears: Callable[[LiveRequest], LiveResult | SpeechError]
    delay_s: float = 0.2
    events: list[tuple[float, StreamEvent]] = field(default_factory=list)
    """With the time of the stream at which each came."""
    requests: list[LiveRequest] = field(default_factory=list)
    _answers: list[tuple[float, LiveRequest]] = field(default_factory=list)

    def feed(self, *pieces: Pcm) -> None:
        pcm = np.concatenate(pieces)
        for at in range(0, len(pcm), PIECE):
            self.act(self.session.feed(pcm[at : at + PIECE]))
            self._answer(self.session.heard_s)

    def commit(self) -> None:
        self.act(self.session.commit())
        self.settle()

    def settle(self) -> None:
        while self._answers:
            self._answer(float("inf"))

    def act(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, LiveRequest):
                self.requests.append(action)
                self._answers.append((self.session.heard_s + self.delay_s, action))
            else:
                self.events.append((self.session.heard_s, action))

    def all(self, kind: type) -> list[StreamEvent]:
        return [event for _, event in self.events if isinstance(event, kind)]

    @property
    def turns(self) -> list[TurnCompleted]:
        return [event for _, event in self.events if isinstance(event, TurnCompleted)]

    def added(self, turn: int) -> str:
        heard = [event for _, event in self.events if isinstance(event, InterimText)]
        return "".join(event.added for event in heard if event.turn == turn)

    def _answer(self, now: float) -> None:
        due = [request for at, request in self._answers if at <= now]
        self._answers = [each for each in self._answers if each[0] > now]
        for request in due:
            self.act(self.session.answer(request, self.ears(request)))
