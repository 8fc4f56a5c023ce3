"""What there is to say about a live session when it is over."""

from __future__ import annotations

from sentivox_client.cli.table import clock, feeling
from sentivox_client.live_events import LiveEvent, LiveTurn
from sentivox_client.results import Sentiment


class Summary:
    def __init__(self) -> None:
        self._turns = 0
        self._seconds: dict[str, float] = {}
        """Of each language."""
        self._average: Sentiment | None = None

    def add(self, event: LiveEvent) -> None:
        if not isinstance(event, LiveTurn) or not event.text:
            return
        self._turns += 1
        self._average = event.average or self._average
        if event.language:
            spoken_s = self._seconds.get(event.language, 0.0) + event.end - event.start
            self._seconds[event.language] = spoken_s

    def sentence(self, heard_s: float) -> str:
        """`heard_s` is how much audio was sent."""
        sentence = f"{clock(heard_s)} heard"
        if not self._turns:
            return f"{sentence}, and nothing was said."
        if self._seconds:
            most_spoken = sorted(self._seconds, key=lambda code: -self._seconds[code])
            sentence += f" in {', '.join(most_spoken)}"
        if self._average is not None:
            sentence += f"; {feeling(self._average, with_label=True).plain} on average"
        return f"{sentence}."
