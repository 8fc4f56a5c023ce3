"""`sentivox models`: model weights on this machine. Needs the server's package."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from sentivox_client.cli.service import codes, server_package_missing

if TYPE_CHECKING:
    from sentivox.weights.resolve import ModelStatus

app = typer.Typer(no_args_is_help=True, help="Model weights on this machine.")

Specs = Annotated[
    list[str] | None,
    typer.Argument(
        help="[bold]embedded:whisper-base[/], a folder, or [bold]org/name@revision[/] of a hub; "
        "default: all embedded models.",
    ),
]
Folder = Annotated[
    Path, typer.Argument(help="Folder of a CTC model, as [bold]training.ctc[/] exports it.")
]
Family = Annotated[
    str, typer.Option(help="Language family that the model is for; its deployment serves it.")
]
Languages = Annotated[
    str, typer.Option(help="Codes such as [bold]en,es[/]; default: those of the model's card.")
]


@app.command("list")
def list_() -> None:
    """List the embedded models: state, size, licence and purpose."""
    for status in _weights().list_models():
        _show(status)


@app.command("check")
def check(specs: Specs = None) -> None:
    """Verify weights against their hashes; exit status 1 when any is missing or altered."""
    weights = _weights()
    statuses = [weights.check(spec) for spec in specs] if specs else weights.list_models()
    for status in statuses:
        _show(status)
    if any(status.state in ("absent", "altered") for status in statuses):
        raise typer.Exit(1)


@app.command("pull")
def pull(specs: Specs = None) -> None:
    """Unpack or download weights now, rather than when the server first needs them."""
    weights = _weights()
    from sentivox.errors import WeightsError

    failed = False
    for spec in specs or [status.spec for status in weights.list_models()]:
        try:
            typer.echo(f"{spec}\t{weights.resolve(spec)}")
        except WeightsError as error:
            failed = True
            typer.echo(f"{spec}: {error.detail}", err=True)
    if failed:
        raise typer.Exit(1)


@app.command("add")
def add(folder: Folder, family: Family, languages: Languages = "") -> None:
    """Check a CTC model, and print the lines of the Serve config that add it to a server."""
    _weights()
    import yaml

    from sentivox.engines.registration import register
    from sentivox.errors import SpeechError
    from sentivox.languages import LanguageFamily

    if family not in list(LanguageFamily):
        raise typer.BadParameter(f"One of {', '.join(LanguageFamily)}.", param_hint="--family")
    try:
        model = register(folder, LanguageFamily(family), codes(languages))
    except SpeechError as error:
        typer.echo(error.detail, err=True)
        raise typer.Exit(1) from error
    typer.echo(yaml.safe_dump(model.config(), sort_keys=False, allow_unicode=True).rstrip())


def _show(status: ModelStatus) -> None:
    size = f"{status.size_bytes / 1e6:.0f} MB" if status.size_bytes else "-"
    row = (status.spec, status.state, size, status.license or "-", status.purpose or "-")
    typer.echo("\t".join(row))
    if status.message:
        typer.echo(f"{status.spec}: {status.message}", err=True)


def _weights() -> ModuleType:
    """The server's module of weights, imported by these commands only: it loads slowly."""
    try:
        from sentivox.weights import resolve as weights
    except ImportError as error:
        server_package_missing(error)
    return weights
