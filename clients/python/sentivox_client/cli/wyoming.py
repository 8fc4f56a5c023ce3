"""`sentivox wyoming`: a server for Home Assistant, which transcribes with a Sentivox server."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated
from urllib.parse import urlsplit

import typer

from sentivox_client.cli import service
from sentivox_client.client import AsyncSentivox

Uri = Annotated[
    str,
    typer.Option(
        help="Where to listen: [bold]tcp://HOST:PORT[/] or [bold]unix://PATH[/]. "
        "[bold]tcp://0.0.0.0:10300[/] admits other machines, without a key.",
    ),
]
Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        "--url",
        envvar="SENTIVOX_URL",
        help="Address of the server; default http://127.0.0.1:8000.",
        rich_help_panel="Server",
    ),
]


def wyoming(
    uri: Uri = "tcp://127.0.0.1:10300", server: Server = None, api_key: service.ApiKey = None
) -> None:
    """Serve the Wyoming protocol, so that Home Assistant transcribes with the server.

    Ctrl-C ends it.
    """
    if not _can_be_opened(uri):
        raise typer.BadParameter("Write tcp://HOST:PORT or unix://PATH.", param_hint="--uri")
    try:
        asyncio.run(_serve(uri, server, api_key))
    except OSError as error:
        typer.echo(f"{uri} can't be opened: {error.strerror or error}.", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        service.stopped()


def _can_be_opened(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme == "unix":
        return bool(parts.path)
    return parts.scheme == "tcp" and bool(parts.hostname) and port is not None


async def _serve(uri: str, server: str | None, api_key: str | None) -> None:
    try:
        from sentivox_client.wyoming_bridge import serve
    except ImportError as error:
        typer.echo(
            "Wyoming needs one more package. Install it with:\n"
            f"{sys.executable} -m pip install wyoming",
            err=True,
        )
        raise typer.Exit(1) from error
    async with AsyncSentivox(server, api_key) as client:
        typer.echo(f"Wyoming at {uri}. Ctrl-C ends it.", err=True)
        await serve(uri, client)
