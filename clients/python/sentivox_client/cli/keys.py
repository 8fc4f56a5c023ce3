"""`sentivox keys`: API keys of a server, stored as hashes in a file. Needs the server's package."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from sentivox_client.cli.service import server_package_missing

app = typer.Typer(no_args_is_help=True, help="API keys of a server, stored as hashes in a file.")

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
OWNER_ONLY = 0o600


@app.callback()
def _several_commands() -> None:
    """Keep `keys add` a subcommand: typer would replace the group by its only command."""


@app.command("add")
def add(
    name: Annotated[
        str, typer.Argument(help="Name of the key's owner; used in the key file only.")
    ],
    file: Annotated[
        Path, typer.Option("--file", "-f", help="The key file; created if missing.")
    ] = Path("keys.txt"),
) -> None:
    """Create a key, print it once and add its hash to the file.

    Set the file as the ingress' [bold]api_keys_file[/] in the Serve config. To revoke a key, delete
    its line: the server reads the file again after each change.
    """
    if NAME.fullmatch(name) is None:
        raise typer.BadParameter(
            "A name has up to 64 letters, digits and . _ @ - and starts with a letter or digit.",
            param_hint="NAME",
        )
    try:
        from sentivox.web.auth import hash_key, new_key
    except ImportError as error:
        server_package_missing(error)
    key = new_key()
    try:
        _append(file, name, hash_key(key))
    except OSError as error:
        typer.echo(f"{file}: This file can't be written: {error.strerror}.", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"The key of {name}. It isn't stored anywhere, so save it now:", err=True)
    typer.echo(key)


def _append(file: Path, name: str, digest: str) -> None:
    known = file.read_text("utf-8").splitlines() if file.exists() else []
    if any(line.startswith(f"{name}:") for line in known):
        raise typer.BadParameter(
            f"{file} has a key of this name. Delete its line first, or choose another name.",
            param_hint="NAME",
        )
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
    with os.fdopen(handle, "a", encoding="utf-8") as lines:
        os.fchmod(lines.fileno(), OWNER_ONLY)
        lines.write(f"{name}:{digest}\n")
