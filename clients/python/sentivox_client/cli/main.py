"""The `sentivox` command: `sentivox --help`."""

from __future__ import annotations

import typer

from sentivox_client.cli import keys, listen, models, service, transcribe, wyoming

app = typer.Typer(
    name="sentivox",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Transcribe speech in about 100 languages, with its sentiment.",
    epilog="Start a server with [bold]make serve[/], then: [bold]sentivox transcribe talk.mp3[/]",
)
app.command("transcribe")(transcribe.transcribe)
app.command("listen")(listen.listen)
app.command("wyoming")(wyoming.wyoming)
app.add_typer(models.app, name="models")
app.add_typer(keys.app, name="keys")


@app.command("languages")
def languages(url: service.Url = None, api_key: service.ApiKey = None) -> None:
    """List the languages that can be transcribed: code, English name, own name, family."""
    with service.errors_as_sentences(), service.connect(url, api_key) as client:
        for language in client.languages():
            row = (language.code, language.name, language.native_name, language.family)
            typer.echo("\t".join(row))
