"""`sentivox models`: the weights on this machine."""

from __future__ import annotations

from pathlib import Path
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


@app.command("add")
def add(
    folder: Annotated[
        Path, typer.Argument(help="A CTC model, as [bold]training.ctc[/] writes it.")
    ],
    family: Annotated[
        str, typer.Option(help="The family whose place it takes; its other languages move.")
    ],
    languages: Annotated[
        str, typer.Option(help="Codes such as [bold]en,es[/]; those of its card unless given.")
    ] = "",
    config: Annotated[
        Path | None, typer.Option(help="A Serve config; only what to write there is shown without.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write that config with the model in it.")
    ] = None,
) -> None:
    """Check a model of your own, and let it write the words of its languages."""
    _weights()
    import yaml

    from sentivox.errors import SpeechError
    from sentivox.languages import LanguageFamily
    from sentivox.models import registration

    if family not in list(LanguageFamily):
        raise typer.BadParameter(f"One of {', '.join(LanguageFamily)}.", param_hint="--family")
    if (config is None) != (out is None):
        raise typer.BadParameter("Give both --config and --out, or neither.")
    codes = [code.strip() for code in languages.split(",") if code.strip()]
    try:
        served = yaml.safe_load(config.read_text("utf-8")) if config else {}
        fallback = registration.fallback_of(served) if served else LanguageFamily.GERMANIC
        found = registration.register(folder, LanguageFamily(family), codes, fallback)
        if out is not None:
            changed = registration.added(served, found)
            out.write_text(yaml.safe_dump(changed, sort_keys=False, allow_unicode=True), "utf-8")
    except SpeechError as error:
        typer.echo(error.detail, err=True)
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}.", err=True)
        raise typer.Exit(1) from error
    lines = {
        f"asr_{family}": {"user_config": dict(found.user_config)},
        "ingress": {"user_config": {"routes": dict(found.routes)}},
    }
    if found.adapters:
        lines["args"] = {"adapters": {family: found.adapters}}
    typer.echo(yaml.safe_dump(lines, sort_keys=False, allow_unicode=True).rstrip())


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
