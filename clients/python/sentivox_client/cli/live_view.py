"""What a live session shows: lines rewritten while they are heard, or lines for programs."""

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

from sentivox_client.cli.table import clock, feeling, harmless
from sentivox_client.live_events import LiveError, LiveEvent, LiveText, LiveTurn, SpeechStarted

UNFINISHED_LINES = 3
"""Of words that are still being said, the last so many lines are shown."""


class View(Protocol):
    def shown(self) -> AbstractContextManager[object]: ...

    def show(self, event: LiveEvent) -> None: ...


class JsonLines:
    """Every event as the service sent it."""

    def shown(self) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, event: LiveEvent) -> None:
        typer.echo(json.dumps(event.raw, ensure_ascii=False))


class Lines:
    """Time, language, mood and words of each turn, with tabs between them."""

    def shown(self) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, event: LiveEvent) -> None:
        if isinstance(event, LiveTurn) and event.text:
            mood = feeling(event.sentiment).plain or "-"
            row = (clock(event.start), event.language or "-", mood, harmless(event.text))
            typer.echo("\t".join(row))


class Screen:
    """Finished turns stay; those in the making are below, with words that may change dim."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._unfinished: dict[str, Unfinished] = {}
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
                self._unfinished[event.item_id] = Unfinished(event.at)
            case LiveText():
                self._unfinished.setdefault(event.item_id, Unfinished(None)).take(event)
            case LiveTurn():
                self._unfinished.pop(event.item_id, None)
            case LiveError(item_id=str(item_id)):
                self._unfinished.pop(item_id, None)
        width = self._console.width
        rows = [each.row(width) for each in self._unfinished.values()]
        self._live.update(Group(*rows))
        if isinstance(event, LiveTurn) and event.text:
            self._console.print(_finished(event))
        self._live.refresh()


class Unfinished:
    def __init__(self, start: float | None) -> None:
        self._start = start
        self._text = self._pending = ""
        self._language: str | None = None

    def take(self, event: LiveText) -> None:
        self._text += event.added
        self._pending = event.pending
        self._language = event.language

    def row(self, width: int) -> Table:
        words = Text.assemble(harmless(self._text), (harmless(self._pending), "dim"))
        room = max(20, UNFINISHED_LINES * (width - 30))
        if len(words) > room:
            words = Text("…").append_text(words[-room:])
        start = "" if self._start is None else clock(self._start)
        return _row(start, words or Text("…", "dim"), self._language, Text(""))


def _finished(turn: LiveTurn) -> Table:
    return _row(
        clock(turn.start), Text(harmless(turn.text)), turn.language, feeling(turn.sentiment)
    )


def _row(start: str, words: Text, language: str | None, mood: Text) -> Table:
    row = Table.grid(padding=(0, 2), expand=True)
    row.add_column(justify="right", style="cyan", no_wrap=True, min_width=6)
    row.add_column(ratio=1, overflow="fold")
    row.add_column(style="dim", no_wrap=True, min_width=3)
    row.add_column(justify="right", no_wrap=True, min_width=5)
    row.add_row(start, words, harmless(language or ""), mood)
    return row
