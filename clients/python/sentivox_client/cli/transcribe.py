"""`sentivox transcribe`: recordings in, text, JSON, captions or a table out."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sentivox_client.calls import Channels
from sentivox_client.cli import server
from sentivox_client.cli.batch import Outcome, transcribe_all
from sentivox_client.cli.formats import Format, render
from sentivox_client.cli.progress import Bars
from sentivox_client.cli.sources import Source, find_sources, output_names
from sentivox_client.cli.table import print_table
from sentivox_client.client import AsyncSentivox, Options
from sentivox_client.results import Transcript

INTERRUPTED = 130
"""Exit status of a command stopped by Ctrl-C: 128 + SIGINT."""


def transcribe(
    files: Annotated[
        list[Path],
        typer.Argument(help="Recordings, or folders to search for them."),
    ],
    language: Annotated[
        str | None,
        typer.Option(help="Language that is spoken, such as [bold]pt[/]; found out unless given."),
    ] = None,
    languages: Annotated[
        str | None,
        typer.Option(help="The only ones to choose from, such as [bold]de,fr,it[/]."),
    ] = None,
    translate: Annotated[bool, typer.Option("--translate", help="Answer in English.")] = False,
    prompt: Annotated[
        str | None, typer.Option(help="Words that came before, or names whose spelling to follow.")
    ] = None,
    words: Annotated[
        bool, typer.Option("--words", help="Times for each word too, in verbose_json.")
    ] = False,
    sentiment: Annotated[bool, typer.Option(help="How each segment feels.")] = True,
    channels: Annotated[
        Channels,
        typer.Option(help="[bold]split[/] takes each channel for a speaker: who says what."),
    ] = "mix",
    format_: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="[bold]table[/] on a terminal and [bold]text[/] elsewhere, unless given.",
            rich_help_panel="Output",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Write a file for each recording into this folder, rather than to stdout.",
            rich_help_panel="Output",
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, max=64, help="Recordings sent at once.")
    ] = 4,
    url: Annotated[str | None, server.URL] = None,
    api_key: Annotated[str | None, server.API_KEY] = None,
) -> None:
    """Turn recordings into text, with the language and the feeling of each segment.

    Results are printed in the order of the files. A recording that fails is told of on stderr,
    the others go on, and the exit status is 1.
    """
    format_ = format_ or (Format.TABLE if sys.stdout.isatty() and not output else Format.TEXT)
    sources = find_sources(files)
    if format_.is_subtitles and len(sources) > 1 and output is None:
        raise typer.BadParameter(
            f"{format_.value} of several recordings needs --output DIR.", param_hint="--format"
        )
    options: Options = {
        "task": "translate" if translate else "transcribe",
        "language": language,
        "languages": languages.replace(" ", "").split(",") if languages else [],
        "prompt": prompt,
        "words": words,
        "sentiment": sentiment,
        "channels": channels,
    }
    bars = Bars(len(sources), Console(stderr=True))
    results = Results(sources, format_, output, bars)
    client = AsyncSentivox(url, api_key)
    try:
        with bars.shown():
            asyncio.run(transcribe_all(client, sources, options, jobs, bars, results.deliver))
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if results.failed:
        raise typer.Exit(1)


class Results:
    """Where transcripts go, and whether any is missing."""

    def __init__(
        self, sources: list[Source], format_: Format, output: Path | None, bars: Bars
    ) -> None:
        self.failed = False
        self._format = format_
        self._output = output
        self._names = output_names(sources, format_.suffix)
        self._several = len(sources) > 1
        self._bars = bars

    def deliver(self, source: Source, outcome: Outcome) -> None:
        with self._bars.aside():
            if isinstance(outcome, str):
                self.failed = True
                typer.echo(f"{source.path}: {outcome}", err=True)
                return
            for warning in outcome.warnings:
                typer.echo(f"{source.path}: {warning.message}", err=True)
            if self._output is None:
                self._print(source, outcome)
            else:
                self._write(source, outcome, self._output)

    def _print(self, source: Source, transcript: Transcript) -> None:
        if self._format is Format.TABLE:
            print_table(transcript, str(source.path))
            return
        name = str(source.path) if self._several else None
        if name and not self._format.is_json:
            typer.echo(f"==> {name} <==")
        typer.echo(render(transcript, self._format, name), nl=False)

    def _write(self, source: Source, transcript: Transcript, folder: Path) -> None:
        path = folder / self._names[source]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8") as file:
                if self._format is Format.TABLE:
                    print_table(transcript, str(source.path), file)
                else:
                    file.write(render(transcript, self._format))
        except OSError as error:
            self.failed = True
            typer.echo(f"{path}: This file can't be written: {error.strerror}.", err=True)
