"""`sentivox listen` against our own web layer, over real sockets."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from rich.console import Console
from sentivox_client.cli import recordings
from sentivox_client.cli.audio_pieces import NoAudio
from sentivox_client.cli.live_audio import FAST_S, REAL_TIME_S, Pace
from sentivox_client.cli.live_view import Lines, Screen
from sentivox_client.live_events import read_event

from sentivox.errors import StageUnavailable
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.types import TranscriptionOptions
from sentivox.web.app import create_app
from tests.clients.test_cli import SENTIVOX, run
from tests.voices import spoken
from tests.web.fake_service import FakeService
from tests.web.live_server import serving

pytestmark = pytest.mark.slow

SPEECH = spoken("The weather is wonderful today and I am very happy.", pause_s=0.4)
SUMMARY = " transcribed in de; mixed -0.09 on average."


class Service(FakeService):
    """Keeps the options of the last request; can fail, or never answer."""

    options: TranscriptionOptions | None = None
    fails = False
    sleeps = False

    def __init__(self) -> None:
        super().__init__()
        self.requested = threading.Event()

    async def recognize_live(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> LiveResult:
        self.options = options
        self.requested.set()
        if self.fails:
            raise StageUnavailable("Recognition is down.")
        if self.sleeps:
            await asyncio.Event().wait()
        return await super().recognize_live(request, options)


@contextmanager
def served(service: FakeService) -> Iterator[str]:
    with serving(create_app(lambda: service)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def live() -> Service:
    return Service()


@pytest.fixture
def url(live: Service) -> Iterator[str]:
    with served(live) as address:
        yield address


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    path.write_bytes(SPEECH)
    return path


def started(source: Path | str, url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*SENTIVOX, "listen", source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"SENTIVOX_URL": url},
    )


def test_each_turn_is_a_line_and_the_summary_is_apart(url: str, talk: Path) -> None:
    done = run("listen", "--fast", talk, url=url)
    assert done.returncode == 0
    at, language, sentiment, text = done.stdout.rstrip("\n").split("\t")
    assert at.startswith("0:00.")
    assert language == "de"
    assert sentiment == "-0.09"
    assert text
    assert done.stderr.startswith("0:0")
    assert SUMMARY in done.stderr


def test_json_is_the_servers_events_line_by_line(url: str, talk: Path) -> None:
    done = run("listen", "--fast", "--json", talk, url=url)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["type"] == "input_audio_buffer.speech_started"
    assert events[-1]["type"] == "conversation.item.input_audio_transcription.completed"
    assert read_event(events[-1]) is not None


def test_options_reach_the_service(url: str, live: Service, talk: Path) -> None:
    run(
        *("listen", "--fast", talk, "--languages", "de, fr", "--prompt", "Köln"),
        *("--silence-ms", 250, "--no-sentiment"),
        url=url,
    )
    options = live.options
    assert options is not None
    assert (options.candidates, options.prompt, options.sentiment) == (("de", "fr"), "Köln", False)
    assert options.detection.silence_duration_ms == 250


def test_samples_can_be_piped_in(url: str, talk: Path) -> None:
    samples = b"".join(recordings.open_recording(talk))
    running = started("-", url)
    out, err = running.communicate(samples, timeout=60)
    assert running.returncode == 0
    assert out.startswith(b"0:00.")
    assert SUMMARY in err.decode()


def test_silence_is_a_summary_and_nothing_else(url: str, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "silence.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(32_000))
    done = run("listen", "--fast", tmp_path / "silence.wav", url=url)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "0:01.0 transcribed; no speech was found.\n"


@pytest.fixture
def long_talk(tmp_path: Path) -> Path:
    path = tmp_path / "long.wav"
    with wave.open(io.BytesIO(SPEECH)) as short, wave.open(str(path), "wb") as long:
        long.setparams(short.getparams())
        samples = short.readframes(short.getnframes())
        for _ in range(10):
            long.writeframes(samples)
    return path


def test_interrupting_ends_the_turn_and_waits_for_the_final_text(
    url: str, live: Service, long_talk: Path
) -> None:
    running = started(long_talk, url)
    assert live.requested.wait(timeout=60)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0
    assert len(out.splitlines()) == 1
    assert SUMMARY in err.decode()


def test_interrupting_twice_waits_for_nothing(url: str, live: Service, long_talk: Path) -> None:
    live.sleeps = True
    running = started(long_talk, url)
    assert live.requested.wait(timeout=60)
    running.send_signal(signal.SIGINT)
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, b"", b"Stopped.\n")


def test_interim_text_is_updated_in_place_on_a_terminal(url: str, talk: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*SENTIVOX, "listen", talk],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=os.environ | {"SENTIVOX_URL": url, "TERM": "xterm", "COLUMNS": "100"},
    ) as running:
        os.close(theirs)
        shown = output_of(ours)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "\x1b[2K" in shown
    assert SUMMARY in err.decode()


def output_of(terminal: int) -> str:
    shown = b""
    with suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as screen:
        while block := screen.read(65536):
            shown += block
    return shown.decode()


STARTED = {
    "type": "input_audio_buffer.speech_started",
    "item_id": "item_1",
    "audio_start_ms": 1500,
}
INTERIM = {
    "type": "conversation.item.input_audio_transcription.delta",
    "item_id": "item_1",
    "delta": "Good",
    "pending": " mourning",
    "language": "en",
    "transcribed_until_ms": 2000,
    "lag_ms": 90,
}
COMPLETED = {
    "type": "conversation.item.input_audio_transcription.completed",
    "item_id": "item_1",
    "transcript": "Good \x1b[2J\x07morning [b]you[/b]\tall",
    "languages": [{"code": "en"}],
    "audio_start_ms": 1500,
    "audio_end_ms": 3000,
    "segments": [],
    "words": [],
    "lag_ms": 500,
}


def screen_of(*events: dict[str, object]) -> str:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=60, legacy_windows=False)
    screen = Screen(console)
    with screen.shown():
        for wire in events:
            event = read_event(wire)
            assert event is not None
            screen.show(event)
    return shown.getvalue()


def test_interim_text_is_dim() -> None:
    shown = screen_of(STARTED, INTERIM)
    assert "Good\x1b[2m mourning" in shown
    assert "0:01.5" in shown


def test_the_end_of_a_long_turn_is_shown() -> None:
    shown = screen_of(STARTED, INTERIM | {"delta": "so on and " * 90, "pending": "at last"})
    assert "at last" in shown
    assert "…" in shown
    assert max(map(len, shown.splitlines())) < 200


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b[2J" not in screen_of(STARTED, COMPLETED)
    assert "[b]you[/b]" in screen_of(STARTED, COMPLETED)
    turn = read_event(COMPLETED)
    assert turn is not None
    Lines().show(turn)
    assert capsys.readouterr().out == "0:01.5\ten\t-\tGood [2Jmorning [b]you[/b]all\n"


def test_lost_text_is_reported_and_fails_the_command(url: str, live: Service, talk: Path) -> None:
    live.fails = True
    done = run("listen", "--fast", talk, url=url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Recognition is down." in done.stderr
    assert "no speech was found" in done.stderr


def test_what_the_service_refuses_is_a_sentence(url: str, talk: Path) -> None:
    done = run("listen", talk, "--language", "klingon", url=url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "'klingon' isn't a language that can be transcribed" in done.stderr


def test_a_service_that_is_not_there_is_a_sentence(talk: Path) -> None:
    done = run("listen", talk)
    assert done.returncode == 1
    assert done.stderr.startswith("Nothing answers at http://127.0.0.1:9.")


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("This is text.")
    sentences = {
        tmp_path / "no.wav": "There is no such file.",
        tmp_path: "This is a folder.",
        tmp_path / "notes.txt": "This isn't a recording that can be read.",
    }
    for path, sentence in sentences.items():
        done = run("listen", path)
        assert (done.returncode, done.stderr) == (1, f"{path}: {sentence}\n")


def test_without_av_a_wav_file_has_the_same_length(
    talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = b"".join(recordings.open_recording(talk))
    monkeypatch.setitem(sys.modules, "av", None)
    assert abs(len(b"".join(recordings.open_recording(talk))) - len(expected)) <= 4
    other = talk.with_suffix(".mp3")
    other.write_bytes(b"ID3")
    with pytest.raises(NoAudio, match=r"Only WAV files .* pip install av"):
        recordings.open_recording(other)


MICROPHONE = """
import time, wave

class PortAudioError(Exception):
    pass

class RawInputStream:
    def __init__(self, samplerate, channels, dtype):
        assert (samplerate, channels, dtype) == (24000, 1, "int16")
        self.file = open({path!r}, "rb")

    def start(self): pass

    def __enter__(self): return self

    def __exit__(self, *_): self.file.close()

    def read(self, frames):
        time.sleep(frames / 24000)
        return self.file.read(2 * frames).ljust(2 * frames, bytes(1)), False
"""


def with_sounddevice(folder: Path, code: str, url: str) -> subprocess.Popen[bytes]:
    """Run the command with a module `sounddevice` that replaces the microphone."""
    (folder / "sounddevice.py").write_text(code)
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    return subprocess.Popen(
        [*SENTIVOX, "listen"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"SENTIVOX_URL": url, "PYTHONPATH": path},
    )


def test_a_microphone_is_transcribed_until_ctrl_c(
    url: str, live: Service, talk: Path, tmp_path: Path
) -> None:
    samples = tmp_path / "samples.raw"
    samples.write_bytes(b"".join(recordings.open_recording(talk)))
    running = with_sounddevice(tmp_path, MICROPHONE.format(path=str(samples)), url)
    assert live.requested.wait(timeout=60)
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0
    assert out
    assert err.startswith(b"Listening. Ctrl-C ends it.\n")
    assert SUMMARY in err.decode()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("raise ImportError", "-m pip install sounddevice"),
        ("raise OSError('PortAudio library not found')", "apt install libportaudio2"),
        (
            "class PortAudioError(Exception): pass\n"
            "def RawInputStream(**_): raise PortAudioError('Error querying device -1')",
            "There is no microphone that can be used",
        ),
    ],
)
def test_a_microphone_that_is_missing_is_a_sentence(
    code: str, sentence: str, tmp_path: Path
) -> None:
    running = with_sounddevice(tmp_path, code, "http://127.0.0.1:9")
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (1, b"")
    assert sentence in err.decode()
    assert b"Traceback" not in err


def test_a_microphone_has_one_speed() -> None:
    assert run("listen", "--fast").returncode == 2


async def test_audio_is_sent_in_real_time_or_with_a_bounded_lead() -> None:
    real, fast = Pace(REAL_TIME_S), Pace(FAST_S)
    began = time.monotonic()
    for _ in range(3):
        await real.wait(0.1)
    assert 0.2 <= time.monotonic() - began < 2
    began = time.monotonic()
    for _ in range(10):
        await fast.wait(10.0)
    assert time.monotonic() - began < 0.5
    await fast.wait(10.0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(fast.wait(10.0), 0.2)


@pytest.mark.ray
def test_the_running_service_answers_the_command(server_url: str, talk: Path) -> None:
    done = run("listen", talk, url=server_url)
    assert done.returncode == 0
    assert "wonderful" in done.stdout
    assert " transcribed in en; positive " in done.stderr
