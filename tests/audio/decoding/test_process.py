"""The sandboxed child process: its limits, and its replacement when it dies or hangs."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from sentivox.audio.decoding.process import DecoderProcess
from sentivox.errors import AudioError, StageUnavailable, UnreadableAudio
from tests.audio.encoding import wav

LONG = wav(np.zeros(16_000 * 300, np.int16))
SHORT = wav(np.ones(1_600, np.int16))


@pytest.fixture
def process() -> Iterator[DecoderProcess]:
    process = DecoderProcess(memory_mb=256, timeout_s=60)
    yield process
    process.kill()


def decode(process: DecoderProcess, audio: bytes, demuxer: str = "wav") -> bytes:
    process.open(audio, demuxer)
    pcm = b"".join(process.pieces())
    process.renew()
    return pcm


def child(process: DecoderProcess) -> int:
    assert process.pid is not None
    return process.pid


def test_one_child_decodes_many_files(process: DecoderProcess) -> None:
    assert decode(process, SHORT) == np.ones(1_600, np.int16).tobytes()
    first = child(process)
    assert len(decode(process, LONG)) == 2 * 16_000 * 300
    assert child(process) == first


def test_an_undecodable_file_leaves_the_child_alive(process: DecoderProcess) -> None:
    decode(process, SHORT)
    first = child(process)
    with pytest.raises(UnreadableAudio):
        process.open(b"RIFF\x00\x00\x00\x00WAVE", "wav")
    process.renew()
    assert decode(process, SHORT)
    assert child(process) == first


def test_a_child_killed_between_files_is_replaced(process: DecoderProcess) -> None:
    decode(process, SHORT)
    os.kill(child(process), signal.SIGKILL)
    assert decode(process, SHORT)


def test_a_child_killed_while_decoding_fails_that_file_only(process: DecoderProcess) -> None:
    process.open(LONG, "wav")
    os.kill(child(process), signal.SIGKILL)
    with pytest.raises(UnreadableAudio):
        list(process.pieces())
    process.renew()
    assert decode(process, SHORT)


def test_a_child_that_hangs_is_killed(process: DecoderProcess) -> None:
    decode(process, SHORT)
    hung = child(process)
    os.kill(hung, signal.SIGSTOP)
    process._timeout_s = 0.2
    with pytest.raises(UnreadableAudio, match="takes too long"):
        process.open(LONG, "wav")
    assert not psutil.pid_exists(hung)
    process._timeout_s = 60
    assert decode(process, SHORT)


def test_an_unfinished_file_gets_its_child_replaced(process: DecoderProcess) -> None:
    process.open(LONG, "wav")
    next(process.pieces())
    busy = child(process)
    process.renew()
    assert child(process) != busy
    assert decode(process, SHORT)


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/false"])
def test_a_child_that_does_not_start_is_not_the_files_error(python: str) -> None:
    process = DecoderProcess(memory_mb=256, timeout_s=1, python=python)
    with pytest.raises(StageUnavailable):
        process.open(SHORT, "wav")


def test_invalid_messages_from_a_child_are_refused(tmp_path: Path) -> None:
    broken_child = tmp_path / "broken_child"
    broken_child.write_text(f"#!{sys.executable}\nprint('x' * 1000, flush=True)\ninput()\n")
    broken_child.chmod(0o700)
    process = DecoderProcess(memory_mb=256, timeout_s=1, python=str(broken_child))
    with pytest.raises(StageUnavailable):
        process.open(SHORT, "wav")


def test_the_child_has_limits(process: DecoderProcess) -> None:
    decode(process, SHORT)
    limits = {
        line[:25].strip(): line[25:].split()[0]
        for line in Path(f"/proc/{child(process)}/limits").read_text().splitlines()
    }
    assert limits["Max open files"] == "3"
    assert limits["Max core file size"] == limits["Max file size"] == "0"
    assert int(limits["Max address space"]) < 2 * 1024**3


def test_the_child_inherits_no_secrets(
    process: DecoderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTIVOX_SECRET", "hush")
    decode(process, SHORT)
    assert b"hush" not in Path(f"/proc/{child(process)}/environ").read_bytes()


@pytest.mark.parametrize(
    ("demuxer", "text"),
    [
        (
            "hls",
            "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
        ),
        ("concat", "ffconcat version 1.0\nfile http://127.0.0.1:{port}/a.wav\n"),
        ("concat", "ffconcat version 1.0\nfile {file}\n"),
        (
            "sdp",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio {port} RTP/AVP 0\n",
        ),
    ],
)
def test_playlist_demuxers_can_open_nothing(
    process: DecoderProcess, demuxer: str, text: str, tmp_path: Path
) -> None:
    """`sniff` never selects these demuxers; the sandbox is the second line of defence."""
    file = tmp_path / "a.wav"
    file.write_bytes(SHORT)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        playlist = text.format(port=server.getsockname()[1], file=file)
        with pytest.raises(AudioError):
            decode(process, playlist.encode(), demuxer)
        with pytest.raises(BlockingIOError):
            server.accept()
