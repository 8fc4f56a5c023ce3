"""The `sentivox` command against a scripted server on the loopback."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sentivox_client.cli.main import app
from starlette.responses import Response, StreamingResponse
from typer.testing import CliRunner

from tests.clients.scripted_service import ANSWER, ScriptedService, error
from tests.voices import spoken

SENTIVOX = [sys.executable, "-c", "from sentivox_client.cli.main import app; app()"]


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object, url: str = "http://127.0.0.1:9", **environment: str) -> Done:
    """Run the command in this process, which saves the time to start another."""
    result = CliRunner().invoke(
        app,
        [str(argument) for argument in arguments],
        env={"SENTIVOX_URL": url, "COLUMNS": "100", "NO_COLOR": "1"} | environment,
        catch_exceptions=False,
    )
    return Done(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    path.write_bytes(b"RIFF")
    return path


def test_text_goes_to_stdout_and_nothing_else_anywhere(
    service: ScriptedService, talk: Path
) -> None:
    service.replies = [{**ANSWER, "warnings": None}]
    done = run("transcribe", talk, url=service.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "What a lovely day. The <train> is late.\n"
    assert service.files == [("talk.wav", b"RIFF")]


def test_options_reach_the_service(service: ScriptedService, talk: Path) -> None:
    run(
        *("transcribe", talk, "--languages", "de, fr", "--translate", "--no-sentiment"),
        *("--words", "--prompt", "Köln", "--api-key", "sv-1"),
        url=service.url,
    )
    assert service.requests[0].url.path == "/v1/audio/translations"
    assert service.requests[0].headers["authorization"] == "Bearer sv-1"
    sent = service.forms[0]
    assert {("languages[]", "de"), ("languages[]", "fr"), ("prompt", "Köln")} < set(sent)
    assert {("sentiment", "false"), ("timestamp_granularities[]", "word")} < set(sent)


def test_captions_and_json_of_one_file_go_to_stdout(service: ScriptedService, talk: Path) -> None:
    assert run("transcribe", talk, "-f", "srt", url=service.url).stdout.startswith("1\n00:00:00,0")
    assert run("transcribe", talk, "-f", "vtt", url=service.url).stdout.startswith("WEBVTT\n")
    whole = json.loads(run("transcribe", talk, "-f", "verbose_json", url=service.url).stdout)
    assert whole == ANSWER
    short = json.loads(run("transcribe", talk, "-f", "json", url=service.url).stdout)
    assert short["text"] == ANSWER["text"]
    assert "segments" not in short


def test_a_table_shows_time_text_and_a_signed_sentiment(
    service: ScriptedService, talk: Path
) -> None:
    shown = run("transcribe", talk, "-f", "table", url=service.url).stdout
    assert "english (97% sure)" in shown
    assert "1:03.2" in shown or "1:03.3" in shown
    assert "+0.90" in shown
    assert "-0.70" in shown
    assert "The <train> is late." in shown


def test_speakers_are_named(service: ScriptedService, talk: Path) -> None:
    speakers = [
        {"speaker": name, "seconds": 1.0, "sentiment": segment["sentiment"]}
        for name, segment in zip("AB", ANSWER["segments"], strict=True)
    ]
    segments = [
        {**segment, "speaker": name} for name, segment in zip("AB", ANSWER["segments"], strict=True)
    ]
    service.replies = [{**ANSWER, "segments": segments, "speakers": speakers}]
    text = run("transcribe", talk, "--channels", "split", url=service.url).stdout
    assert text == "A: What a lovely day.\nB: The <train> is late.\n"
    assert ("channels", "split") in service.forms[0]
    shown = run("transcribe", talk, "--channels", "split", "-f", "table", url=service.url).stdout
    assert "B  The <train> is late." in shown
    assert "A +0.90  B -0.70" in shown
    refused = run("transcribe", talk, "--channels", "left", url=service.url)
    assert refused.returncode == 2
    assert "split" in refused.stderr


def test_control_characters_do_not_reach_the_terminal(service: ScriptedService, talk: Path) -> None:
    segment = {**ANSWER["segments"][0], "text": "\x1b[2Jgone\x07 [bold]not markup[/bold]"}
    service.replies = [{**ANSWER, "segments": [segment]}]
    shown = run("transcribe", talk, "-f", "table", url=service.url).stdout
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[bold]not markup[/bold]" in shown


def test_several_files_are_named_in_the_order_given(
    service: ScriptedService, tmp_path: Path
) -> None:
    names = ["b.wav", "a.wav", "c.wav"]
    for name in names:
        (tmp_path / name).write_bytes(b"RIFF")
    paths = [tmp_path / name for name in names]
    text = run("transcribe", *paths, url=service.url).stdout
    assert [line for line in text.splitlines() if line.startswith("==>")] == [
        f"==> {path} <==" for path in paths
    ]
    lines = run("transcribe", *paths, "-f", "json", url=service.url).stdout.splitlines()
    assert [json.loads(line)["file"] for line in lines] == [str(path) for path in paths]


def test_folders_are_searched_and_results_keep_their_places(
    service: ScriptedService, tmp_path: Path
) -> None:
    talks = tmp_path / "talks"
    for name in (
        *("one.mp3", "deep/two.ogg", "deep/two.wav", "deep/three.FLAC", "four.amr"),
        *("notes.txt", "headerless.g722"),
    ):
        (talks / name).parent.mkdir(parents=True, exist_ok=True)
        (talks / name).write_bytes(b"RIFF")
    out = tmp_path / "out"
    done = run("transcribe", talks, "-f", "srt", "-o", out, url=service.url)
    assert (done.returncode, done.stdout) == (0, "")
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.srt")) == [
        "deep/three.srt",
        "deep/two.ogg.srt",
        "deep/two.wav.srt",
        "four.srt",
        "one.srt",
    ]
    assert (out / "one.srt").read_text("utf-8").startswith("1\n00:00:00,000 -->")


def test_captions_of_several_files_need_a_folder(service: ScriptedService, tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(b"RIFF")
    done = run("transcribe", tmp_path, "-f", "srt", url=service.url)
    assert done.returncode == 2
    assert "--output" in done.stderr
    assert not service.requests


def test_a_file_that_fails_leaves_the_others_alone(
    service: ScriptedService, talk: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    service.replies = [error(415, message="This isn't audio."), ANSWER]
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no")
    done = run(
        *("transcribe", "-j", 1, bad, talk, tmp_path / "no.wav", tmp_path / "empty"),
        url=service.url,
    )
    assert done.returncode == 1
    assert f"{bad}: This isn't audio." in done.stderr
    assert f"{tmp_path / 'no.wav'}: There is no such file." in done.stderr
    assert f"{tmp_path / 'empty'}: There are no recordings in this folder." in done.stderr
    assert ANSWER["text"] in done.stdout
    assert "Traceback" not in done.stderr


def test_warnings_are_printed_on_stderr(service: ScriptedService, talk: Path) -> None:
    done = run("transcribe", talk, url=service.url)
    assert done.returncode == 0
    assert done.stderr == f"{talk}: A part is missing.\n"


def test_progress_is_shown_on_a_terminal_and_only_there(
    service: ScriptedService, talk: Path
) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [*SENTIVOX, "transcribe", str(talk), str(talk.parent)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        timeout=60,
        env=os.environ | {"SENTIVOX_URL": service.url, "TERM": "xterm"},
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "\x1b[" in shown
    assert done.stdout == f"{ANSWER['text']}\n"


def test_interrupting_stops_at_once_and_cleanly(service: ScriptedService, talk: Path) -> None:
    asked = threading.Event()

    async def forever() -> AsyncIterator[bytes]:
        yield b"{"
        asked.set()
        await asyncio.sleep(60)

    service.replies = [StreamingResponse(forever())]
    with subprocess.Popen(
        [*SENTIVOX, "transcribe", str(talk)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"SENTIVOX_URL": service.url},
    ) as running:
        assert asked.wait(timeout=30)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (130, "", "Stopped.\n")


def test_a_service_that_is_not_there_is_a_sentence(talk: Path) -> None:
    done = run("languages")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Nothing answers at http://127.0.0.1:9.")


def test_languages_are_listed(service: ScriptedService) -> None:
    row = {"code": "el", "name": "greek", "native_name": "Ελληνικά", "family": "hellenic"}
    service.replies = [{"object": "list", "data": [row]}]
    assert run("languages", url=service.url).stdout == "el\tgreek\tΕλληνικά\thellenic\n"


def test_a_page_of_another_program_is_a_sentence(service: ScriptedService) -> None:
    service.replies = [Response("<html>")]
    done = run("languages", url=service.url)
    assert done.returncode == 1
    assert "isn't a Sentivox server" in done.stderr


def test_a_key_is_printed_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    from sentivox.web.auth import hash_key

    file = tmp_path / "keys.txt"
    first = run("keys", "add", "ana", "--file", file)
    second = run("keys", "add", "ben", "--file", file)
    assert first.returncode == second.returncode == 0
    keys = [first.stdout.strip(), second.stdout.strip()]
    assert file.read_text() == f"ana:{hash_key(keys[0])}\nben:{hash_key(keys[1])}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_name_is_given_one_key_and_no_colon(tmp_path: Path) -> None:
    file = tmp_path / "keys.txt"
    run("keys", "add", "ana", "--file", file)
    before = file.read_text()
    again = run("keys", "add", "ana", "--file", file)
    colon = run("keys", "add", "a:b", "--file", file)
    assert again.returncode == colon.returncode == 2
    assert file.read_text() == before


def test_models_are_listed_checked_and_pulled(tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    listed = run("models", "list", SENTIVOX_CACHE=cache)
    assert listed.returncode == 0
    assert "embedded:whisper-base\tpacked" in listed.stdout
    pulled = run("models", "pull", "embedded:whisper-base", SENTIVOX_CACHE=cache)
    assert pulled.returncode == 0
    checked = run("models", "check", "embedded:whisper-base", SENTIVOX_CACHE=cache)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "\tverified\t" in checked.stdout
    (altered,) = Path(cache).rglob("model.bin")
    with altered.open("r+b") as file:
        file.write(b"altered")
    assert run("models", "check", "embedded:whisper-base", SENTIVOX_CACHE=cache).returncode == 1
    missing = run("models", "pull", "embedded:nothing", SENTIVOX_CACHE=cache)
    assert missing.returncode == 1
    assert "There is no embedded model" in missing.stderr


@pytest.mark.parametrize(
    "command",
    [["models", "list"], ["models", "add", ".", "--family", "celtic"], ["keys", "add", "ana"]],
)
def test_without_the_servers_package_a_sentence_says_what_to_install(
    command: list[str], tmp_path: Path
) -> None:
    script = (
        "import sys; sys.modules['sentivox'] = None\n"
        "from sentivox_client.cli.main import app; app()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 1
    assert "install 'sentivox' beside 'sentivox-client'" in done.stderr


@pytest.mark.parametrize(
    "command", [[], ["transcribe"], ["listen"], ["models"], ["models", "check"], ["keys"]]
)
def test_every_command_has_help(command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


@pytest.mark.ray
@pytest.mark.slow
def test_the_running_service_answers_the_command(server_url: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.wav").write_bytes(spoken("Good morning, how are you today?"))
    done = run("transcribe", tmp_path, "-f", "srt", "-o", tmp_path / "out", url=server_url)
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("one", "two"):
        assert "morning" in (tmp_path / "out" / f"{name}.srt").read_text("utf-8")
