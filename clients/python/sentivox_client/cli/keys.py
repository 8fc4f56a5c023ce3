"""`sentivox keys`: API keys for a service, kept as hashes in a file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="API keys of a service, kept as hashes in a file.")

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
OWNER_ONLY = 0o600


@app.callback()
def _several_commands() -> None:
    """Without it, a lone command would take the group's place."""


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is; shown to nobody but you.")],
    file: Annotated[
        Path, typer.Option("--file", "-f", help="The key file, made when it isn't there.")
    ] = Path("keys.txt"),
) -> None:
    """Make a key, print it once and add its hash to the file.

    Name that file as the ingress' [bold]api_keys_file[/] in the config. To withdraw a key, delete
    its line: the service reads the file again by itself.
    """
    if NAME.fullmatch(name) is None:
        raise typer.BadParameter(
            "A name has up to 64 letters, digits and . _ @ - and starts with a letter or digit.",
            param_hint="NAME",
        )
    try:
        from sentivox.web.auth import hash_key, new_key
    except ImportError as error:
        typer.echo("Keys are made where the service is installed; it isn't here.", err=True)
        raise typer.Exit(1) from error
    key = new_key()
    try:
        _append(file, name, hash_key(key))
    except OSError as error:
        typer.echo(f"{file}: This file can't be written: {error.strerror}.", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"The key of {name}. It isn't kept anywhere, so note it now:", err=True)
    typer.echo(key)


def _append(file: Path, name: str, digest: str) -> None:
    known = file.read_text("utf-8").splitlines() if file.exists() else []
    if any(line.startswith(f"{name}:") for line in known):
        raise typer.BadParameter(
            f"{file} has a key of that name. Delete its line first, or choose another name.",
            param_hint="NAME",
        )
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
    with os.fdopen(handle, "a", encoding="utf-8") as lines:
        os.fchmod(lines.fileno(), OWNER_ONLY)
        lines.write(f"{name}:{digest}\n")
