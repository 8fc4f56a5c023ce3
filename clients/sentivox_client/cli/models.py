"""`sentivox models`: the weights on this machine."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sentivox.models.weights import ModelStatus

app = typer.Typer(no_args_is_help=True, help="The models' weights on this machine.")

SPECS = typer.Argument(
    help="[bold]embedded:whisper-base[/], a folder, or [bold]org/name@revision[/] of a hub; "
    "all embedded ones unless given.",
)


@app.command("list")
def list_() -> None:
    """List the embedded models: state, size, licence and what they are for."""
    for status in _weights().list_models():
        _show(status)


@app.command("check")
def check(specs: Annotated[list[str] | None, SPECS] = None) -> None:
    """Compare weights with their hashes; exit status 1 when any is missing or altered."""
    weights = _weights()
    statuses = [weights.check(spec) for spec in specs] if specs else weights.list_models()
    for status in statuses:
        _show(status)
    if any(status.state in ("absent", "altered") for status in statuses):
        raise typer.Exit(1)


@app.command("pull")
def pull(specs: Annotated[list[str] | None, SPECS] = None) -> None:
    """Unpack or download weights now, rather than when the service first needs them."""
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


def _show(status: ModelStatus) -> None:
    size = f"{status.size_bytes / 1e6:.0f} MB" if status.size_bytes else "-"
    row = (status.spec, status.state, size, status.license or "-", status.purpose or "-")
    typer.echo("\t".join(row))
    if status.message:
        typer.echo(f"{status.spec}: {status.message}", err=True)


def _weights() -> ModuleType:
    """Imported only by these commands: they belong to the service, and take a while to load."""
    try:
        from sentivox.models import weights
    except ImportError as error:
        typer.echo("Models are where the service is installed; it isn't here.", err=True)
        raise typer.Exit(1) from error
    return weights
