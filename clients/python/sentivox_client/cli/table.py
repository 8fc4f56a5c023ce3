"""A transcript for a person at a terminal: time, text and how it feels."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sentivox_client.results import Sentiment, Transcript

FILE_WIDTH = 100
COLOURS = {"negative": "red", "neutral": "dim", "positive": "green"}


def as_table(transcript: Transcript, name: str) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="cyan", no_wrap=True)
    if transcript.speakers:
        table.add_column(style="bold", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    for segment in transcript.segments:
        speaker = [Text(harmless(segment.speaker or ""))] if transcript.speakers else []
        text = Text(harmless(segment.text))
        table.add_row(clock(segment.start), *speaker, text, feeling(segment.sentiment))
    return Group(_heading(transcript, name), table)


def _heading(transcript: Transcript, name: str) -> Text:
    heading = Text.assemble((harmless(name), "bold"), f"  {transcript.language}")
    if detection := transcript.language_detection:
        sure = "unsure" if detection.abstained else f"{detection.confidence:.0%} sure"
        heading.append(f" ({sure})", "dim")
    heading.append(f"  {clock(transcript.duration)}  ", "cyan")
    heading.append_text(feeling(transcript.sentiment, with_label=True))
    for each in transcript.speakers:
        heading.append(f"  {harmless(each.speaker)} ", "bold")
        heading.append_text(feeling(each.sentiment))
    return heading


def feeling(sentiment: Sentiment | None, with_label: bool = False) -> Text:
    if sentiment is None:
        return Text("")
    if not sentiment.supported:
        return Text("n/a", "dim")
    label = f"{sentiment.label} " if with_label else ""
    return Text(f"{label}{sentiment.score:+.2f}", COLOURS[sentiment.label])


def clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{minutes:.0f}:{rest:04.1f}"


def harmless(text: str) -> str:
    """Without control characters: what was said, or a file's name, must not steer the terminal."""
    return "".join(character for character in text if character.isprintable())


def print_table(transcript: Transcript, name: str, file: TextIO | None = None) -> None:
    """To stdout, or to a file, which gets no colours."""
    Console(file=file, width=None if file is None else FILE_WIDTH).print(as_table(transcript, name))
