"""Which service a command talks to, and what is said when that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from sentivox_client.client import Sentivox
from sentivox_client.errors import SentivoxError

URL: Any = typer.Option(
    "--url",
    envvar="SENTIVOX_URL",
    help="Where the service is; http://127.0.0.1:8000 unless given.",
    rich_help_panel="Service",
)
API_KEY: Any = typer.Option(
    "--api-key",
    envvar="SENTIVOX_API_KEY",
    show_envvar=True,
    help="Key of the service. The variable keeps it out of your shell's history.",
    rich_help_panel="Service",
)


def connect(url: str | None, api_key: str | None) -> Sentivox:
    return Sentivox(url, api_key)


@contextmanager
def said_plainly() -> Iterator[None]:
    """A failure as one sentence on stderr, and exit status 1."""
    try:
        yield
    except SentivoxError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
