"""`sentivox transcribe`: transcripts of recordings as text, JSON, subtitles or a table."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sentivox_client.calls import Channels
from sentivox_client.cli import service
from sentivox_client.cli.batch import Outcome, transcribe_all
from sentivox_client.cli.formats import Format, render
from sentivox_client.cli.progress import Bars
from sentivox_client.cli.sources import Source, find_sources, output_names
from sentivox_client.cli.table import print_table
from sentivox_client.client import Options
from sentivox_client.results import Transcript

Files = Annotated[list[Path], typer.Argument(help="Recordings, or folders to search for them.")]
Translate = Annotated[bool, typer.Option("--translate", help="Translate into English.")]
Words = Annotated[
    bool, typer.Option("--words", help="Return the time of each word, in verbose_json.")
]
WithSentiment = Annotated[bool, typer.Option(help="Return the sentiment of each segment.")]
ChannelOption = Annotated[
    Channels, typer.Option(help="[bold]split[/] takes each channel for a speaker.")
]
AudioTrack = Annotated[
    int | None, typer.Option(min=1, help="Number of a film's audio track; default: with speech.")
]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        "-f",
        help="Default: [bold]table[/] on a terminal, else [bold]text[/].",
        rich_help_panel="Output",
    ),
]
OutputFolder = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR",
        help="Write a file for each recording into this folder, rather than to stdout.",
        rich_help_panel="Output",
    ),
]
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", min=1, max=64, help="Recordings sent at the same time.")
]


def transcribe(
    files: Files,
    language: service.SpokenLanguage = None,
    languages: service.Candidates = None,
    translate: Translate = False,
    prompt: service.Prompt = None,
    words: Words = False,
    sentiment: WithSentiment = True,
    channels: ChannelOption = "mix",
    audio_track: AudioTrack = None,
    format_: FormatOption = None,
    output: OutputFolder = None,
    jobs: Jobs = 4,
    local: service.Local = False,
    url: service.Url = None,
    api_key: service.ApiKey = None,
) -> None:
    """Transcribe recordings, with the language and the sentiment of each segment.

    Results are printed in the order of the files. When a recording fails, the reason is printed on
    stderr, the other recordings are transcribed, and the exit status is 1.
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
        "languages": service.codes(languages),
        "prompt": prompt,
        "words": words or format_.is_subtitles,
        "sentiment": sentiment,
        "channels": channels,
        "audio_track": audio_track,
    }
    bars = Bars(len(sources), Console(stderr=True))
    results = Results(sources, format_, output, bars)
    client = service.connect_async(url, api_key, local=local)
    try:
        with bars.shown():
            asyncio.run(transcribe_all(client, sources, options, jobs, bars, results.deliver))
    except KeyboardInterrupt:
        service.stopped()
    if results.failed:
        raise typer.Exit(1)


class Results:
    """Prints or writes each transcript; `failed` says whether any is missing."""

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
        """Print or write the transcript of a source, or print why there is none."""
        with self._bars.hidden():
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
