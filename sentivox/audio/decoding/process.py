"""The service's side of a decoding child process: start, send a file, receive PCM, kill."""

from __future__ import annotations

import math
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sentivox.audio.decoding.messages import (
    HEADER,
    MAX_PAYLOAD,
    REQUEST,
    SECONDS,
    Failure,
    Kind,
    StreamInfo,
)
from sentivox.errors import AudioError, StageUnavailable, UnreadableAudio, UnsupportedAudio

WORKER = "sentivox.audio.decoding.worker"
START_TIMEOUT_S = 60.0
_WRITE_BYTES = 256 * 1024
# The child parses untrusted bytes, so it inherits no secrets.
_INHERITED_ENVIRONMENT = (
    "PATH",
    "LD_LIBRARY_PATH",
    "VIRTUAL_ENV",
    "PYTHONHOME",
    "PYTHONPATH",
    "LANG",
)


class ChildDiedError(Exception):
    """The pipe broke, or the child sent an invalid message."""


class DecoderProcess:
    """A child process that decodes one file at a time; not thread-safe."""

    def __init__(self, memory_mb: int, timeout_s: float, python: str = sys.executable) -> None:
        self._python = python
        self._memory_mb = memory_mb
        self._timeout_s = timeout_s
        self._remaining_s = 0.0
        self._child: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._busy = False
        self.last_decoded_s = 0.0
        """End of the latest file's last decoded frame, in seconds; set at the end of `pieces`."""

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Start the child process; raise StageUnavailable when that fails."""
        root = str(Path(__file__).parents[3])
        environment = {key: os.environ[key] for key in _INHERITED_ENVIRONMENT if key in os.environ}
        paths = [root, *filter(None, [environment.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
        try:
            self._child = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [self._python, "-P", "-m", WORKER, str(self._memory_mb)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                bufsize=0,
            )
        except OSError as exc:
            raise StageUnavailable("Audio can't be decoded at the moment; try again.") from exc
        self._ready = self._busy = False
        assert self._child.stdin  # noqa: S101 - both are pipes
        os.set_blocking(self._child.stdin.fileno(), False)

    def kill(self) -> None:
        """End the child process, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            with child:  # closes its pipes and waits for its end
                child.kill()

    def open(
        self, audio: bytes, demuxer: str, track: int = 0, longest_s: float = math.inf
    ) -> StreamInfo:
        """Send a file and return the format of its audio; `pieces` then returns the PCM.

        `track` is the number of the audio track from 1, or 0 for the default one. Time stamps
        beyond `longest_s` are ignored. The time limit counts the time spent waiting for the child,
        not the time between two calls.
        Raise AudioError for a bad file and StageUnavailable when no child can be started.
        """
        with self._invalid_messages_as_unreadable_audio():
            self._send_file(audio, demuxer, track, longest_s)
            return StreamInfo.from_bytes(self._expect(Kind.INFO))

    def pieces(self) -> Iterator[bytes]:
        """The file's PCM: whole frames of interleaved int16 at the file's own rate.

        Raise AudioError for a bad file.
        """
        with self._invalid_messages_as_unreadable_audio():
            while True:
                kind, payload = self._receive()
                if kind is Kind.END:
                    (self.last_decoded_s,) = SECONDS.unpack(payload)
                    self._busy = False
                    return
                if kind is not Kind.PCM:
                    raise ChildDiedError
                yield payload

    def renew(self) -> None:
        """Prepare for the next file: replace a child that is dead or in the middle of a file."""
        if self._busy:
            self.kill()
        if self._child is None:
            # If no child can be started now, the next file tries again and reports it.
            with suppress(StageUnavailable):
                self.start()

    @contextmanager
    def _invalid_messages_as_unreadable_audio(self) -> Iterator[None]:
        try:
            yield
        except (ChildDiedError, ValueError, struct.error) as exc:
            self.kill()
            raise _failure(Failure.UNREADABLE) from exc

    def _send_file(self, audio: bytes, demuxer: str, track: int, longest_s: float) -> None:
        """Send a file; send it once more, to a new child, if the child dies before it has the whole
        file: the file isn't the cause then.
        """
        name = demuxer.encode()
        request = REQUEST.pack(len(name), len(audio), track, longest_s) + name
        for attempt in range(2):
            self._make_ready()
            self._remaining_s = self._timeout_s
            self._busy = True
            try:
                self._send(request)
                self._send(audio)
                self._expect(Kind.RECEIVED)
            except ChildDiedError:
                self.kill()
                if attempt:
                    raise
            else:
                return

    def _make_ready(self) -> None:
        if self._child is None or self._child.poll() is not None:
            self.kill()
            self.start()
        if self._ready:
            return
        self._remaining_s = START_TIMEOUT_S
        try:
            self._expect(Kind.READY)
        except (ChildDiedError, UnreadableAudio) as exc:
            self.kill()
            raise StageUnavailable("Audio can't be decoded at the moment; try again.") from exc
        self._ready = True

    def _expect(self, wanted: Kind) -> bytes:
        kind, payload = self._receive()
        if kind is Kind.FAILED:
            self._busy = False
            raise _failure(Failure(payload))
        if kind is not wanted:
            raise ChildDiedError
        return payload

    def _receive(self) -> tuple[Kind, bytes]:
        kind, size = HEADER.unpack(self._read(HEADER.size))
        if size > MAX_PAYLOAD:
            raise ChildDiedError
        return Kind(kind), self._read(size)

    def _read(self, size: int) -> bytes:
        received = bytearray()
        pipe = self._pipe(writing=False)
        while len(received) < size:
            self._wait(pipe, select.POLLIN)
            part = os.read(pipe, size - len(received))
            if not part:
                raise ChildDiedError
            received += part
        return bytes(received)

    def _send(self, payload: bytes) -> None:
        pipe = self._pipe(writing=True)
        view = memoryview(payload)
        while view:
            self._wait(pipe, select.POLLOUT)
            try:
                view = view[os.write(pipe, view[:_WRITE_BYTES]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as exc:
                raise ChildDiedError from exc

    def _pipe(self, *, writing: bool) -> int:
        pipe = self._child and (self._child.stdin if writing else self._child.stdout)
        if not pipe:
            raise ChildDiedError
        return pipe.fileno()

    def _wait(self, pipe: int, event: int) -> None:
        # select refuses descriptors above 1023, which a busy server has.
        poll = select.poll()
        poll.register(pipe, event)
        began = time.monotonic()
        happened = poll.poll(1000 * max(self._remaining_s, 0))
        self._remaining_s -= time.monotonic() - began
        if not happened:
            self.kill()
            raise UnreadableAudio("Decoding the audio takes too long; convert it to flac or mp3.")


def _failure(failure: Failure) -> AudioError:
    match failure:
        case Failure.NO_TRACK:
            return UnsupportedAudio("The file has no sound track.")
        case Failure.NO_SAMPLES:
            return UnreadableAudio(
                "There is no sound in the file; it is empty, damaged or seems cut off."
            )
        case Failure.UNKNOWN_CODEC:
            return UnsupportedAudio(
                "The sound is coded in a way that isn't supported; convert the file to flac or mp3."
            )
        case Failure.NO_SUCH_TRACK:
            return UnreadableAudio("The file has fewer audio tracks than 'audio_track' says.")
        case Failure.UNREADABLE:
            return UnreadableAudio(
                "The audio can't be decoded; the file is damaged or seems cut off."
            )
