"""The interface of the service behind the web application."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol

from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import IngressSettings
from sentivox.streaming.session import StreamingSession
from sentivox.types import TranscribedSegment, Transcript, TranscriptionOptions
from sentivox.web.session_limiter import SessionLimiter


@dataclass(frozen=True, slots=True)
class StageStatus:
    """The state of one deployment in the cluster."""

    ready: bool
    required: bool
    """False for a deployment that may have no replica."""
    replicas: int
    message: str = ""


class SpeechService(Protocol):
    """Transcription of uploads and live speech. Methods raise `sentivox.errors.SpeechError`."""

    @property
    def settings(self) -> IngressSettings: ...

    @property
    def session_limiter(self) -> SessionLimiter: ...

    async def transcribe(self, audio: bytes, options: TranscriptionOptions) -> Transcript:
        """The transcript of an upload."""

    def stream(
        self, audio: bytes, options: TranscriptionOptions
    ) -> AsyncGenerator[TranscribedSegment | Transcript]:
        """Segments in order of time as they are recognised, then the transcript.

        Closed before its end when the client disconnects.
        """

    def new_session(self, options: TranscriptionOptions, *, automatic: bool) -> StreamingSession:
        """The state of a new live session; `automatic` ends turns at pauses."""

    async def recognize_live(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> LiveResult:
        """The text of a window of a live session."""

    async def stages(self) -> Mapping[str, StageStatus]:
        """The state of every deployment, by name."""

    async def metrics(self) -> bytes:
        """Prometheus text for the whole cluster."""
