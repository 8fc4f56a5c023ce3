"""`sentivox listen`: words while they are spoken, from a microphone, a file or a pipe."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Annotated

import typer
from rich.console import Console

from sentivox_client.cli import server, sound
from sentivox_client.cli.background import in_background
from sentivox_client.cli.live_summary import Summary
from sentivox_client.cli.live_view import JsonLines, Lines, Screen, View
from sentivox_client.cli.pace import FAST_S, REAL_TIME_S, Pace
from sentivox_client.cli.sound import NoSound, Sound
from sentivox_client.cli.transcribe import INTERRUPTED
from sentivox_client.client import AsyncSentivox
from sentivox_client.live import LiveSession
from sentivox_client.live_events import LiveError
from sentivox_client.live_messages import LIVE_RATE, LiveOptions


def listen(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|-",
            help="A recording, or [bold]-[/] for standard input, 24 kHz 16-bit mono; "
            "the microphone unless given.",
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(help="Language that is spoken, such as [bold]pt[/]; found out unless given."),
    ] = None,
    languages: Annotated[
        str | None,
        typer.Option(help="The only ones to choose from, such as [bold]de,fr,it[/]."),
    ] = None,
    prompt: Annotated[
        str | None, typer.Option(help="Words that came before, or names whose spelling to follow.")
    ] = None,
    sentiment: Annotated[bool, typer.Option(help="How each turn feels.")] = True,
    silence_ms: Annotated[
        int, typer.Option(min=0, max=10_000, help="The pause that ends a turn.")
    ] = 500,
    fast: Annotated[
        bool, typer.Option("--fast", help="A file as fast as the service takes it.")
    ] = False,
    json_: Annotated[
        bool,
        typer.Option("--json", help="Every event as a line of JSON.", rich_help_panel="Output"),
    ] = False,
    url: Annotated[str | None, server.URL] = None,
    api_key: Annotated[str | None, server.API_KEY] = None,
) -> None:
    """Show words while they are spoken, with the language and the feeling of each turn.

    Ctrl-C ends it: the last words are waited for, and a summary is printed. On a terminal, words
    that may still change are dim; elsewhere each turn is a line of time, language, feeling and
    words with tabs between them.
    """
    if fast and source is None:
        raise typer.BadParameter("A microphone has one speed.", param_hint="--fast")
    options: LiveOptions = {
        "language": language,
        "languages": languages.replace(" ", "").split(",") if languages else [],
        "prompt": prompt,
        "sentiment": sentiment,
        "turn_silence_ms": silence_ms,
    }
    pace = Pace(REAL_TIME_S if source not in (None, "-") and not fast else FAST_S)
    greeting = "" if source else "Listening. Ctrl-C ends it."
    listening = Listening(_view(json_), pace, greeting)
    try:
        with server.said_plainly():
            heard = sound.opened(source)
            asyncio.run(listening.run(AsyncSentivox(url, api_key), options, heard))
    except NoSound as error:
        typer.echo(f"{source}: {error}" if source else str(error), err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if listening.failed:
        raise typer.Exit(1)


class Listening:
    """One session: sound goes in while events come out."""

    def __init__(self, view: View, pace: Pace, greeting: str = "") -> None:
        self.failed = False
        self._greeting = greeting
        """What is said once the service listens."""
        self._view = view
        self._pace = pace
        self._summary = Summary()

    async def run(self, client: AsyncSentivox, options: LiveOptions, heard: Sound) -> None:
        """Until the sound ends or Ctrl-C is pressed; raises NoSound and SentivoxError."""
        async with client, client.live(**options) as session:
            if self._greeting:
                typer.echo(self._greeting, err=True)
            await self._converse(session, heard)
        typer.echo(self._summary.sentence(self._pace.played_s), err=True)

    async def _converse(self, session: LiveSession, heard: Sound) -> None:
        speaking = asyncio.create_task(self._speak(session, heard))
        ending = asyncio.create_task(_end(session, speaking))
        try:
            with _interrupting(speaking.cancel), self._view.shown():
                await self._show(session)
            await ending
        finally:
            speaking.cancel()
            ending.cancel()
            await asyncio.gather(speaking, ending, return_exceptions=True)

    async def _speak(self, session: LiveSession, heard: Sound) -> None:
        async with aclosing(in_background(heard)) as pieces:
            async for piece in pieces:
                await self._pace.keep(len(piece) / 2 / LIVE_RATE)
                await session.send(piece)

    async def _show(self, session: LiveSession) -> None:
        async for event in session:
            if isinstance(event, LiveError):
                self.failed = True
                typer.echo(event.message, err=True)
            self._summary.add(event)
            self._view.show(event)


async def _end(session: LiveSession, speaking: asyncio.Task[None]) -> None:
    """Whatever ended the sound, what was said before it is waited for."""
    await asyncio.wait({speaking})
    await session.finish()
    if not speaking.cancelled():
        speaking.result()


@contextmanager
def _interrupting(end: Callable[[], object]) -> Iterator[None]:
    """The first Ctrl-C calls `end`; another one stops the command as ever."""
    loop = asyncio.get_running_loop()

    def once() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        end()

    with suppress(NotImplementedError):  # Windows: every Ctrl-C stops it
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
