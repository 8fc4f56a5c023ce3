"""`sentivox listen`: live transcription of a microphone, a file or a pipe."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Annotated

import typer
from rich.console import Console

from sentivox_client.cli import live_audio, service
from sentivox_client.cli.audio_pieces import NoAudio
from sentivox_client.cli.live_audio import (
    FAST_S,
    REAL_TIME_S,
    AudioSource,
    Pace,
    in_background,
)
from sentivox_client.cli.live_view import JsonLines, Lines, Screen, Summary, View
from sentivox_client.client import AsyncSentivox
from sentivox_client.live import LiveSession
from sentivox_client.live_events import LiveError
from sentivox_client.live_messages import LIVE_RATE, LiveOptions

SourceArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE|-",
        help="A recording, or [bold]-[/] for standard input, 24 kHz 16-bit mono; "
        "default: the microphone.",
    ),
]
WithSentiment = Annotated[bool, typer.Option(help="Return the sentiment of each turn.")]
SilenceMs = Annotated[
    int, typer.Option(min=0, max=10_000, help="Milliseconds of silence that end a turn.")
]
Fast = Annotated[bool, typer.Option("--fast", help="Send a file as fast as the server accepts it.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print every event as JSON.", rich_help_panel="Output")
]


def listen(
    source: SourceArgument = None,
    language: service.SpokenLanguage = None,
    languages: service.Candidates = None,
    prompt: service.Prompt = None,
    sentiment: WithSentiment = True,
    silence_ms: SilenceMs = 500,
    fast: Fast = False,
    json_: AsJson = False,
    url: service.Url = None,
    api_key: service.ApiKey = None,
) -> None:
    """Transcribe speech live, with the language and the sentiment of each turn.

    Ctrl-C ends the session: the final text arrives and a summary is printed. On a terminal, interim
    text is dim; elsewhere each turn is a line of time, language, sentiment and text, separated by
    tabs.
    """
    if fast and source is None:
        raise typer.BadParameter("A microphone has one speed.", param_hint="--fast")
    options: LiveOptions = {
        "language": language,
        "languages": service.codes(languages),
        "prompt": prompt,
        "sentiment": sentiment,
        "turn_silence_ms": silence_ms,
    }
    pace = Pace(REAL_TIME_S if source not in (None, "-") and not fast else FAST_S)
    greeting = "" if source else "Listening. Ctrl-C ends it."
    transcription = LiveTranscription(_view(json_), pace, greeting)
    try:
        with service.errors_as_sentences():
            audio = live_audio.open_audio(source)
            asyncio.run(transcription.run(AsyncSentivox(url, api_key), options, audio))
    except NoAudio as error:
        typer.echo(f"{source}: {error}" if source else str(error), err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        service.stopped()
    if transcription.failed:
        raise typer.Exit(1)


class LiveTranscription:
    """One session: sends audio and shows events at the same time.

    `failed` says whether the text of a turn was lost.
    """

    def __init__(self, view: View, pace: Pace, greeting: str = "") -> None:
        self.failed = False
        self._greeting = greeting
        """Printed once the session is open."""
        self._view = view
        self._pace = pace
        self._summary = Summary()

    async def run(self, client: AsyncSentivox, options: LiveOptions, audio: AudioSource) -> None:
        """Transcribe until the audio ends or Ctrl-C; raises NoAudio and SentivoxError."""
        async with client, client.live(**options) as session:
            if self._greeting:
                typer.echo(self._greeting, err=True)
            await self._transcribe(session, audio)
        typer.echo(self._summary.sentence(self._pace.sent_s), err=True)

    async def _transcribe(self, session: LiveSession, audio: AudioSource) -> None:
        sending = asyncio.create_task(self._send(session, audio))
        finishing = asyncio.create_task(_finish_after(session, sending))
        try:
            with _on_interrupt(sending.cancel), self._view.shown():
                await self._show(session)
            await finishing
        finally:
            sending.cancel()
            finishing.cancel()
            await asyncio.gather(sending, finishing, return_exceptions=True)

    async def _send(self, session: LiveSession, audio: AudioSource) -> None:
        async with aclosing(in_background(audio)) as pieces:
            async for piece in pieces:
                await self._pace.wait(len(piece) / 2 / LIVE_RATE)
                await session.send(piece)

    async def _show(self, session: LiveSession) -> None:
        async for event in session:
            if isinstance(event, LiveError):
                self.failed = True
                typer.echo(event.message, err=True)
            self._summary.add(event)
            self._view.show(event)


async def _finish_after(session: LiveSession, sending: asyncio.Task[None]) -> None:
    """Finish the session after its audio, even when sending was cancelled or failed."""
    await asyncio.wait({sending})
    await session.finish()
    if not sending.cancelled():
        sending.result()


@contextmanager
def _on_interrupt(end: Callable[[], object]) -> Iterator[None]:
    """Call `end` at the first Ctrl-C; the second one raises KeyboardInterrupt."""
    loop = asyncio.get_running_loop()

    def once() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        end()

    with suppress(NotImplementedError):  # Windows: every Ctrl-C raises KeyboardInterrupt
        loop.add_signal_handler(signal.SIGINT, once)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)


def _view(json_: bool) -> View:
    if json_:
        return JsonLines()
    return Screen(Console()) if sys.stdout.isatty() else Lines()
