"""Events of a streaming session as events of the Realtime API."""

from __future__ import annotations

from collections.abc import Iterator

from sentivox.streaming import events
from sentivox.streaming.events import StreamEvent
from sentivox.web import schemas, wire
from sentivox.web.errors import describe
from sentivox.web.realtime import events as live_events
from sentivox.web.realtime.events import LiveEvent


class EventConverter:
    """Converts the events of one session; the id of an item has the session's id and the turn."""

    def __init__(self, session_id: str, top_languages: int) -> None:
        self.session_id = session_id
        self.top_languages = top_languages

    def item_id(self, turn: int) -> str:
        """The item of a turn."""
        return f"item_{self.session_id.removeprefix('sess_')}_{turn}"

    def convert(self, event: StreamEvent, queued_s: float) -> Iterator[LiveEvent]:
        """The client's events for one event of the session. `queued_s` is the length of the audio
        that was received and isn't fed to the session yet.
        """
        item_id = self.item_id(event.turn)
        match event:
            case events.SpeechStarted():
                yield live_events.SpeechStarted(item_id=item_id, audio_start_ms=_ms(event.at))
            case events.SpeechStopped():
                yield live_events.SpeechStopped(item_id=item_id, audio_end_ms=_ms(event.at))
            case events.TurnCommitted():
                previous = None if event.previous is None else self.item_id(event.previous)
                item = live_events.Item(id=item_id)
                yield live_events.Committed(item_id=item_id, previous_item_id=previous)
                yield live_events.ItemAdded(previous_item_id=previous, item=item)
            case events.InterimText():
                yield live_events.Delta.of(
                    event,
                    item_id=item_id,
                    delta=event.added,
                    transcribed_until_ms=_ms(event.transcribed_until),
                    lag_ms=_ms(event.lag + queued_s),
                )
            case events.TurnCompleted():
                yield self._completed(event, queued_s)
            case events.TurnFailed():
                _, body = describe(event.error)
                yield live_events.Failed(item_id=item_id, error=body)

    def _completed(self, turn: events.TurnCompleted, queued_s: float) -> live_events.Completed:
        abstained = turn.detection is not None and turn.detection.abstained
        language = None if abstained else turn.language
        return live_events.Completed.of(
            turn,
            item_id=self.item_id(turn.turn),
            transcript=turn.text,
            usage=live_events.LiveUsage(seconds=round(turn.end - turn.start, 3)),
            languages=[schemas.LanguageCode(code=language)] if language else [],
            language_detection=wire.language_detection(turn.detection, self.top_languages),
            average_sentiment=turn.average,
            audio_start_ms=_ms(turn.start),
            audio_end_ms=_ms(turn.end),
            segments=wire.segments(turn.segments),
            words=wire.words(turn.segments),
            warnings=turn.warnings or None,
            lag_ms=_ms(turn.lag + queued_s),
        )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
