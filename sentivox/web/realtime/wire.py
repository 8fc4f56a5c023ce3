"""From a stream's events to the wire's."""

from __future__ import annotations

from collections.abc import Iterator

from sentivox.streaming import events
from sentivox.streaming.events import StreamEvent
from sentivox.web import schemas, wire
from sentivox.web.errors import describe
from sentivox.web.realtime import events as live_events
from sentivox.web.realtime.events import LiveEvent


class LiveWire:
    """Names the items of one session."""

    def __init__(self, session_id: str, top_languages: int) -> None:
        self.session_id = session_id
        self.top_languages = top_languages

    def item(self, turn: int) -> str:
        return f"item_{self.session_id.removeprefix('sess_')}_{turn}"

    def told(self, event: StreamEvent, waiting_s: float) -> Iterator[LiveEvent]:
        """`waiting_s` is how much audio has come that the stream wasn't fed yet."""
        match event:
            case events.SpeechStarted():
                yield live_events.SpeechStarted(
                    item_id=self.item(event.turn), audio_start_ms=_ms(event.at)
                )
            case events.SpeechStopped():
                yield live_events.SpeechStopped(
                    item_id=self.item(event.turn), audio_end_ms=_ms(event.at)
                )
            case events.TurnCommitted():
                previous = None if event.previous is None else self.item(event.previous)
                yield live_events.Committed(
                    item_id=self.item(event.turn), previous_item_id=previous
                )
                yield live_events.ItemAdded(
                    previous_item_id=previous, item=live_events.Item(id=self.item(event.turn))
                )
            case events.InterimText():
                yield live_events.Delta(
                    item_id=self.item(event.turn),
                    delta=event.added,
                    pending=event.pending,
                    language=event.language,
                    heard_until_ms=_ms(event.heard_until),
                    lag_ms=_ms(event.lag + waiting_s),
                )
            case events.TurnCompleted():
                yield self._completed(event, waiting_s)
            case events.TurnFailed():
                _, body = describe(event.error)
                yield live_events.Failed(item_id=self.item(event.turn), error=body)

    def _completed(self, turn: events.TurnCompleted, waiting_s: float) -> live_events.Completed:
        told = turn.language and not (turn.detection and turn.detection.abstained)
        return live_events.Completed(
            item_id=self.item(turn.turn),
            transcript=turn.text,
            usage=live_events.LiveUsage(seconds=round(turn.end - turn.start, 3)),
            languages=[schemas.LanguageCode(code=turn.language)] if told and turn.language else [],
            language_detection=wire.language_detection(turn.detection, self.top_languages),
            sentiment=wire.sentiment(turn.sentiment),
            average_sentiment=wire.sentiment(turn.average),
            audio_start_ms=_ms(turn.start),
            audio_end_ms=_ms(turn.end),
            segments=[wire.segment(number, each) for number, each in enumerate(turn.segments)],
            words=wire.words(turn.segments),
            suppressed=wire.suppressed(turn.suppressed),
            warnings=wire.warnings(turn.warnings),
            lag_ms=_ms(turn.lag + waiting_s),
        )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
