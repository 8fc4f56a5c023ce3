"""The library call: transcription in this process, without a server.

    from sentivox import Transcriber, transcribe

    transcript = transcribe("speech.mp3", words=True)   # loads the models at the first call
    print(transcript.language, transcript.text, transcript.sentiment)

    with Transcriber() as transcriber:                   # keeps and ends the models yourself
        for file in files:
            print(transcriber.transcribe(file).text)

Models, settings and results are those of `make serve`. Nothing is loaded when this is imported.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO, Self

from sentivox.language_tags import RequestedLanguages
from sentivox.types import Task, Transcript, TranscriptionOptions

if TYPE_CHECKING:
    from sentivox.pipeline.in_process import InProcessSettings

Audio = str | os.PathLike[str] | bytes | BinaryIO
"""A path, the bytes of a file, or a file that is open for reading bytes."""


class Transcriber:
    """The models of all stages. Several threads may use it at the same time."""

    def __init__(self, settings: InProcessSettings | None = None) -> None:
        """Loads the models, which takes some seconds.

        Raises `sentivox.errors.WeightsError` when weights are missing or altered.
        """
        from sentivox.pipeline.in_process import ROUTING, InProcessStages
        from sentivox.pipeline.upload import UploadPipeline

        self._stages = InProcessStages(settings)
        self._uploads = UploadPipeline(self._stages, ROUTING)
        # A loop of its own: callers may have one, as notebooks do.
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="sentivox", daemon=True)
        self._thread.start()

    def transcribe(
        self,
        audio: Audio,
        *,
        language: str | None = None,
        languages: Iterable[str] = (),
        task: Task = "transcribe",
        prompt: str = "",
        keywords: Iterable[str] = (),
        temperature: float = 0.0,
        words: bool = False,
        sentiment: bool = True,
        split_channels: bool = False,
        audio_track: int = 0,
    ) -> Transcript:
        """The transcript of one file, with its language and sentiment.

        `language` is a code such as "pt", an English name, or a tag such as "zh-TW", whose script
        the text then has. Without it the language is detected, among `languages` if there are any.
        `task="translate"` translates into English. `words=True` adds the time of each word.
        `split_channels=True` takes each channel for a speaker. `audio_track` is the number of the
        audio track from 1; 0 for the default one, or the next one with speech. Raises OSError for a
        file that can't be read, and `sentivox.errors.SpeechError` for audio that can't be
        transcribed.
        """
        requested = RequestedLanguages.parse(language, languages)
        options = TranscriptionOptions(
            task=task,
            language=requested.language,
            candidates=requested.candidates,
            scripts=requested.scripts,
            prompt=prompt,
            keywords=tuple(keywords),
            temperature=temperature,
            words=words,
            sentiment=sentiment,
            split_channels=split_channels,
            audio_track=audio_track,
        )
        work = self._uploads.transcribe(_read(audio), options)
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Ends the threads and child processes."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._stages.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def transcribe(
    audio: Audio,
    *,
    language: str | None = None,
    task: Task = "transcribe",
    prompt: str = "",
    words: bool = False,
    sentiment: bool = True,
) -> Transcript:
    """The transcript of one file; see `Transcriber.transcribe`, which has more options.

    The models are loaded at the first call and kept until the process ends.
    """
    return _shared().transcribe(
        audio, language=language, task=task, prompt=prompt, words=words, sentiment=sentiment
    )


@cache
def _shared() -> Transcriber:
    return Transcriber()


def _read(audio: Audio) -> bytes:
    if isinstance(audio, bytes):
        return audio
    if isinstance(audio, str | os.PathLike):
        return Path(audio).read_bytes()
    return audio.read()
