"""A transcript as a table for terminals: time, text and sentiment."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sentivox_client.results import Sentiment, Transcript

FILE_WIDTH = 100
COLOURS = {
    "negative": "red",
    "neutral": "dim",
    "positive": "green",
    "mixed": "yellow",
    "uncertain": "dim",
}


def as_table(transcript: Transcript, name: str) -> RenderableType:
    """A heading and a row for each segment."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="cyan", no_wrap=True)
    if transcript.speakers:
        table.add_column(style="bold", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    for segment in transcript.segments:
        speaker = [Text(printable(segment.speaker or ""))] if transcript.speakers else []
        text = Text(printable(segment.text))
        table.add_row(clock(segment.start), *speaker, text, sentiment_text(segment.sentiment))
    return Group(_heading(transcript, name), table)


def _heading(transcript: Transcript, name: str) -> Text:
    heading = Text.assemble((printable(name), "bold"), f"  {transcript.language}")
    if detection := transcript.language_detection:
        sure = "unsure" if detection.abstained else f"{detection.confidence:.0%} sure"
        heading.append(f" ({sure})", "dim")
    heading.append(f"  {clock(transcript.duration)}  ", "cyan")
    heading.append_text(sentiment_text(transcript.sentiment, with_label=True))
    for each in transcript.speakers:
        heading.append(f"  {printable(each.speaker)} ", "bold")
        heading.append_text(sentiment_text(each.sentiment))
    return heading


def sentiment_text(sentiment: Sentiment | None, with_label: bool = False) -> Text:
    """A signed score such as +0.90; `n/a` for a language that the classifier doesn't support."""
    if sentiment is None:
        return Text("")
    if not sentiment.supported:
        return Text("n/a", "dim")
    label = f"{sentiment.label} " if with_label else ""
    return Text(f"{label}{sentiment.score:+.2f}", COLOURS[sentiment.label])


def clock(seconds: float) -> str:
    """Minutes and seconds, such as 1:03.2."""
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{minutes:.0f}:{rest:04.1f}"


def printable(text: str) -> str:
    """Text without control characters, which could change the state of the terminal."""
    return "".join(character for character in text if character.isprintable())


def print_table(transcript: Transcript, name: str, file: TextIO | None = None) -> None:
    """Print to stdout, or without colours to a file."""
    Console(file=file, width=None if file is None else FILE_WIDTH).print(as_table(transcript, name))
