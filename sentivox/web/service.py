"""What the web layer asks of whatever stands behind it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol

from sentivox.settings import IngressSettings
from sentivox.streaming.hearing import Hearing, HearingRequest
from sentivox.streaming.session import StreamingSession
from sentivox.types import TranscribedSegment, Transcript, TranscriptionOptions
from sentivox.web.live_room import LiveRoom


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
    def live_room(self) -> LiveRoom: ...

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

    async def hear(self, request: HearingRequest, options: TranscriptionOptions) -> Hearing:
        """What a live session asks of the stages."""

    async def stages(self) -> Mapping[str, StageStatus]:
        """Every deployment by name."""

    async def metrics(self) -> bytes:
        """Prometheus text for the whole cluster."""
