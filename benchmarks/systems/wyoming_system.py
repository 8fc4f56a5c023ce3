"""wyoming-faster-whisper over its TCP protocol: one file at a time.

Its answers don't have the language.
"""

from __future__ import annotations

import io
import wave

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient

from benchmarks.systems.system import THREADS, WEIGHTS, Answer, AudioFile
from sentivox.weights.resolve import resolve

CHUNK_BYTES = 64_000


def command(port: int, folder: str) -> list[str]:
    """Arguments of the interpreter that start the server; `folder` is for downloads."""
    return [
        *("-m", "wyoming_faster_whisper", "--uri", f"tcp://127.0.0.1:{port}"),
        *("--stt-library", "faster-whisper", "--model", str(resolve(WEIGHTS))),
        *("--data-dir", folder, "--language", "auto", "--beam-size", "1"),
        *("--compute-type", "int8", "--cpu-threads", str(THREADS)),
    ]


async def ask_wyoming(port: int, file: AudioFile) -> Answer:
    """The answer of the server at that port. The file has to be WAV."""
    with wave.open(io.BytesIO(file.audio)) as reader:
        rate, samples = reader.getframerate(), reader.readframes(reader.getnframes())
    async with AsyncTcpClient("127.0.0.1", port) as client:
        await client.write_event(Transcribe().event())
        await client.write_event(AudioStart(rate, 2, 1).event())
        for at in range(0, len(samples), CHUNK_BYTES):
            await client.write_event(AudioChunk(rate, 2, 1, samples[at : at + CHUNK_BYTES]).event())
        await client.write_event(AudioStop().event())
        while event := await client.read_event():
            if Transcript.is_type(event.type):
                return Answer(Transcript.from_event(event).text.strip(), "")
    raise RuntimeError("The server of wyoming-faster-whisper gave no answer.")
