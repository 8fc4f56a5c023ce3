"""Views of a live session: text that is updated on a terminal, or lines; and its summary."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sentivox_client.cli.table import clock, printable, sentiment_text
from sentivox_client.live_events import LiveError, LiveEvent, LiveText, LiveTurn, SpeechStarted
from sentivox_client.results import Sentiment

INTERIM_LINES = 3
"""Lines shown of a turn that isn't complete: its last ones."""


class View(Protocol):
    """Shows events inside `with view.shown()`."""

    def shown(self) -> AbstractContextManager[object]: ...

    def show(self, event: LiveEvent) -> None: ...


class JsonLines:
    """The server's JSON of every event."""

    def shown(self) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, event: LiveEvent) -> None:
        typer.echo(json.dumps(event.raw, ensure_ascii=False))


class Lines:
    """Time, language, sentiment and text of each complete turn, separated by tabs."""

    def shown(self) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, event: LiveEvent) -> None:
        if isinstance(event, LiveTurn) and event.text:
            sentiment = sentiment_text(event.sentiment).plain or "-"
            row = (clock(event.start), event.language or "-", sentiment, printable(event.text))
            typer.echo("\t".join(row))


class Screen:
    """Complete turns, and below them the turns in progress with their interim text dim."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._in_progress: dict[str, TurnInProgress] = {}
        self._live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),
        )

    def shown(self) -> AbstractContextManager[object]:
        return self._live

    def show(self, event: LiveEvent) -> None:
        match event:
            case SpeechStarted():
                self._in_progress[event.item_id] = TurnInProgress(event.at)
            case LiveText():
                self._in_progress.setdefault(event.item_id, TurnInProgress(None)).update(event)
            case LiveTurn():
                self._in_progress.pop(event.item_id, None)
            case LiveError(item_id=str(item_id)):
                self._in_progress.pop(item_id, None)
        width = self._console.width
        rows = [each.row(width) for each in self._in_progress.values()]
        self._live.update(Group(*rows))
        if isinstance(event, LiveTurn) and event.text:
            self._console.print(_complete(event))
        self._live.refresh()


class TurnInProgress:
    """Text of a turn so far."""

    def __init__(self, start: float | None) -> None:
        self._start = start
        self._text = self._pending = ""
        self._language: str | None = None

    def update(self, event: LiveText) -> None:
        self._text += event.added
        self._pending = event.pending
        self._language = event.language

    def row(self, width: int) -> Table:
        text = Text.assemble(printable(self._text), (printable(self._pending), "dim"))
        max_length = max(20, INTERIM_LINES * (width - 30))
        if len(text) > max_length:
            text = Text("…").append_text(text[-max_length:])
        start = "" if self._start is None else clock(self._start)
        return _row(start, text or Text("…", "dim"), self._language, Text(""))


class Summary:
    """Languages and average sentiment of a session."""

    def __init__(self) -> None:
        self._turns = 0
        self._seconds: dict[str, float] = {}
        """Seconds of speech by language."""
        self._average: Sentiment | None = None

    def add(self, event: LiveEvent) -> None:
        """Count a complete turn; other events are ignored."""
        if not isinstance(event, LiveTurn) or not event.text:
            return
        self._turns += 1
        self._average = event.average or self._average
        if event.language:
            speech_s = self._seconds.get(event.language, 0.0) + event.end - event.start
            self._seconds[event.language] = speech_s

    def sentence(self, sent_s: float) -> str:
        """The summary, after `sent_s` seconds of audio."""
        sentence = f"{clock(sent_s)} transcribed"
        if not self._turns:
            return f"{sentence}; no speech was found."
        if self._seconds:
            most_spoken = sorted(self._seconds, key=lambda code: -self._seconds[code])
            sentence += f" in {', '.join(most_spoken)}"
        if self._average is not None:
            sentence += f"; {sentiment_text(self._average, with_label=True).plain} on average"
        return f"{sentence}."


def _complete(turn: LiveTurn) -> Table:
    return _row(
        clock(turn.start), Text(printable(turn.text)), turn.language, sentiment_text(turn.sentiment)
    )


def _row(start: str, text: Text, language: str | None, sentiment: Text) -> Table:
    row = Table.grid(padding=(0, 2), expand=True)
    row.add_column(justify="right", style="cyan", no_wrap=True, min_width=6)
    row.add_column(ratio=1, overflow="fold")
    row.add_column(style="dim", no_wrap=True, min_width=3)
    row.add_column(justify="right", no_wrap=True, min_width=5)
    row.add_row(start, text, printable(language or ""), sentiment)
    return row
