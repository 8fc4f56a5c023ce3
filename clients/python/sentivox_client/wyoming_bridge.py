"""The Wyoming protocol, by which Home Assistant asks for transcripts, over a Sentivox server.

Needs the extra `wyoming`. Wyoming has no keys and no encryption: whatever can reach the port may
use the server through it.
"""

from __future__ import annotations

import asyncio
import io
import wave
from contextlib import suppress
from functools import partial
from importlib.metadata import version

from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioChunkConverter, AudioFormat, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.server import AsyncEventHandler, AsyncServer

from sentivox_client.client import AsyncSentivox
from sentivox_client.errors import SentivoxError

MAX_AUDIO_BYTES = 24 * 1024 * 1024
"""Longest recording, 13 minutes of 16 kHz mono: the server's own limit is 25 MiB by default."""

MAX_KEYWORDS = 20
UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "my", "bo", "km"})
"""Languages written without spaces between segments."""

_MAINTAINER = Attribution("Sentivox", "https://www.home-assistant.io/integrations/wyoming/")


async def serve(uri: str, client: AsyncSentivox) -> None:
    """Listen at `tcp://HOST:PORT` or `unix://PATH` until cancelled.

    Raises OSError where that can't be opened.
    """
    server = AsyncServer.from_uri(uri)
    try:
        await server.run(partial(Connection, client))
    finally:
        await server.stop()


class Recording:
    """PCM audio of one request, in the format of its start."""

    def __init__(self, start: AudioFormat) -> None:
        """Raises ValueError for a format that a WAV file can't have."""
        if not (start.rate > 0 and 1 <= start.width <= 4 and start.channels > 0):
            raise ValueError("its rate, width or channels aren't those of PCM audio.")
        self._format = AudioFormat(start.rate, start.width, start.channels)
        self._converter = AudioChunkConverter(start.rate, start.width, start.channels)
        self._pcm = bytearray()

    def add(self, chunk: AudioChunk) -> None:
        """Append a chunk, converted where its format differs. Raises ValueError over the limit."""
        self._pcm += self._converter.convert(chunk).audio
        if len(self._pcm) > MAX_AUDIO_BYTES:
            raise ValueError(f"a recording may have {MAX_AUDIO_BYTES // 2**20} MiB.")

    def wav(self) -> bytes:
        """The recording as a WAV file; empty without audio."""
        if not self._pcm:
            return b""
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setframerate(self._format.rate)
            writer.setsampwidth(self._format.width)
            writer.setnchannels(self._format.channels)
            writer.writeframes(self._pcm)
        return file.getvalue()


class Connection(AsyncEventHandler):
    """One client's connection. After an error it is closed, as Home Assistant expects."""

    def __init__(
        self, client: AsyncSentivox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        super().__init__(reader, writer)
        self._client = client
        self._request = Transcribe()
        self._recording: Recording | None = None
        self._answer: asyncio.Task[None] | None = None
        """The answer in progress; a task, so that a client that disconnects ends it."""

    async def run(self) -> None:
        """Receive events until the client disconnects."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await super().run()

    async def disconnect(self) -> None:
        """Stop the answer in progress."""
        if self._answer is not None:
            self._answer.cancel()
            await asyncio.gather(self._answer, return_exceptions=True)

    async def handle_event(self, event: Event) -> bool:
        """Handle an event; False closes the connection."""
        try:
            await self._handle(event)
        except SentivoxError as error:
            await self._send(Error(str(error)))
            return False
        except KeyError as error:
            await self._send(Error(f"The event '{event.type}' lacks {error}."))
            return False
        except (TypeError, ValueError) as error:
            await self._send(Error(f"The event '{event.type}' can't be used: {error}"))
            return False
        return True

    async def _handle(self, event: Event) -> None:
        if Describe.is_type(event.type):
            await self._send(await self._info())
        elif Ping.is_type(event.type):
            await self._send(Pong(Ping.from_event(event).text))
        elif Transcribe.is_type(event.type):
            self._request = Transcribe.from_event(event)
        elif AudioStart.is_type(event.type):
            self._recording = Recording(AudioStart.from_event(event))
        elif AudioChunk.is_type(event.type):
            chunk = AudioChunk.from_event(event)
            self._recording = self._recording or Recording(chunk)
            self._recording.add(chunk)
        elif AudioStop.is_type(event.type):
            await self._transcribe()

    async def _transcribe(self) -> None:
        """Begin the answer to the recording; the next one has settings and audio of its own."""
        if self._answer is not None:
            await self._answer
        request, recording = self._request, self._recording
        self._request, self._recording = Transcribe(), None
        wav = recording.wav() if recording else b""
        self._answer = asyncio.create_task(self._answer_with(wav, request))

    async def _answer_with(self, wav: bytes, request: Transcribe) -> None:
        try:
            if wav:
                await self._stream(wav, request)
            else:
                await self._send(Transcript("", language=request.language))
        except SentivoxError as error:
            with suppress(ConnectionError):
                await self._send(Error(str(error)))
            self.writer.close()
        except ConnectionError:
            self.writer.close()

    async def _stream(self, wav: bytes, request: Transcribe) -> None:
        """Send each segment once it is recognised, then the whole text."""
        stream = self._client.stream(
            wav, language=request.language or None, keywords=_keywords(request), sentiment=False
        )
        language = request.language
        begun = False
        async for segment in stream:
            language = segment.language or language
            if not begun:
                await self._send(TranscriptStart(language=language))
            space = "" if not begun or language in UNSPACED else " "
            await self._send(TranscriptChunk(space + segment.text))
            begun = True
        if not begun:
            await self._send(TranscriptStart(language=language))
        text = stream.transcript.text if stream.transcript else ""
        await self._send(Transcript(text, language=language))
        await self._send(TranscriptStop())

    async def _info(self) -> Info:
        """What the server offers: one model for all of its languages."""
        languages = [language.code for language in await self._client.languages()]
        model = AsrModel(
            name="auto",
            attribution=_MAINTAINER,
            installed=True,
            description="The language of the audio chooses the model",
            version=None,
            languages=languages,
        )
        program = AsrProgram(
            name="sentivox",
            attribution=_MAINTAINER,
            installed=True,
            description="Speech to text by a Sentivox server",
            version=version("sentivox-client"),
            models=[model],
            supports_transcript_streaming=True,
        )
        return Info(asr=[program])

    async def _send(self, event: Eventable) -> None:
        await self.write_event(event.event())


def _keywords(request: Transcribe) -> list[str]:
    """Names and terms to expect, names first; those that the API doesn't take are left out."""
    wanted = [*(request.transcript_names or ()), *(request.transcript_terms or ())]
    usable = [text for text in wanted if 0 < len(text) <= 200 and not set("<>\r\n") & set(text)]
    return list(dict.fromkeys(usable))[:MAX_KEYWORDS]
