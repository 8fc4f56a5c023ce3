"""Options that several commands share, and the server's errors as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import httpx2
import typer

from sentivox_client.client import AsyncSentivox, Sentivox
from sentivox_client.errors import SentivoxError

INTERRUPTED = 130
"""Exit status of a command stopped by Ctrl-C: 128 + SIGINT."""

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="SENTIVOX_URL",
        help="Address of the server; default http://127.0.0.1:8000.",
        rich_help_panel="Server",
    ),
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        envvar="SENTIVOX_API_KEY",
        show_envvar=True,
        help="API key of the server. The variable keeps it out of the shell's history.",
        rich_help_panel="Server",
    ),
]
SpokenLanguage = Annotated[
    str | None,
    typer.Option(
        help="Spoken language, such as [bold]pt[/] or [bold]zh-TW[/]; detected unless given."
    ),
]
Candidates = Annotated[
    str | None,
    typer.Option(help="Detect one of these languages only, such as [bold]de,fr,it[/]."),
]
Prompt = Annotated[
    str | None,
    typer.Option(help="Text before the audio, or names whose spelling to follow."),
]


def codes(candidates: str | None) -> list[str]:
    """Language codes of a comma-separated option; empty unless given."""
    return [code.strip() for code in (candidates or "").split(",") if code.strip()]


Local = Annotated[
    bool,
    typer.Option(
        "--local",
        help="Transcribe in this process, without a server; needs the package [bold]sentivox[/].",
        rich_help_panel="Server",
    ),
]


def connect(url: str | None, api_key: str | None) -> Sentivox:
    """A client of the server that the options name."""
    return Sentivox(url, api_key)


def connect_async(url: str | None, api_key: str | None, *, local: bool) -> AsyncSentivox:
    """A client of the server that the options name, or of the models in this process."""
    if not local:
        return AsyncSentivox(url, api_key)
    try:
        from sentivox.local_service import local_app
    except ImportError as error:
        server_package_missing(error)
    typer.echo("Loading the models ...", err=True)
    return AsyncSentivox("http://local", transport=httpx2.ASGITransport(app=local_app()))


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """Print a SentivoxError as a sentence on stderr, and exit with status 1."""
    try:
        yield
    except SentivoxError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def server_package_missing(error: ImportError) -> NoReturn:
    """Exit with status 1 and a sentence, for commands that need the server's package."""
    typer.echo(
        "This command needs the server's package: install 'sentivox' beside 'sentivox-client'.",
        err=True,
    )
    raise typer.Exit(1) from error


def stopped() -> NoReturn:
    """Exit after Ctrl-C."""
    typer.echo("Stopped.", err=True)
    raise typer.Exit(INTERRUPTED) from None
