"""What the web layer asks of whatever stands behind it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol

from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import IngressSettings
from sentivox.streaming.session import StreamingSession
from sentivox.types import TranscribedSegment, Transcript, TranscriptionOptions
from sentivox.web.realtime.session_limiter import SessionLimiter


@dataclass(frozen=True, slots=True)
class StageStatus:
    """One stage of the graph as the cluster sees it."""

    ready: bool
    required: bool
    """False for a stage that may sleep at zero replicas."""
    replicas: int
    message: str = ""


class SpeechService(Protocol):
    """Every method raises `sentivox.errors.SpeechError` and nothing else on purpose."""

    @property
    def settings(self) -> IngressSettings: ...

    @property
    def session_limiter(self) -> SessionLimiter: ...

    async def transcribe(self, audio: bytes, options: TranscriptionOptions) -> Transcript:
        """The whole answer at once."""

    def stream(
        self, audio: bytes, options: TranscriptionOptions
    ) -> AsyncGenerator[TranscribedSegment | Transcript]:
        """Segments in order of time as they are recognised, then the whole answer.

        Closed before its end when the client goes away.
        """

    def listen(self, options: TranscriptionOptions, *, automatic: bool) -> StreamingSession:
        """The state of a new live session."""

    async def hear(self, request: LiveRequest, options: TranscriptionOptions) -> LiveResult:
        """What a live session asks of the stages."""

    async def stages(self) -> Mapping[str, StageStatus]:
        """Every deployment by name."""

    async def metrics(self) -> bytes:
        """Prometheus text for the whole cluster."""
