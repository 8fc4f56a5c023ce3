"""Settings of audio decoding."""

from __future__ import annotations

from pydantic import Field

from sentivox.settings.base import Settings
from sentivox.types import WINDOW_SECONDS


class AudioDecoderSettings(Settings):
    max_seconds: float = Field(3600.0, gt=0)
    """Longest audio accepted; longer audio is refused while it is being decoded."""
    processes: int = Field(2, ge=1)
    """Child processes that run FFmpeg; as many files are decoded at the same time."""
    decode_timeout_s: float = Field(120.0, gt=0)
    """Seconds after which a child process is killed over one file."""
    memory_mb: int = Field(1024, ge=128)
    """Address space of a child process beyond what it starts with, in MiB."""
    threads: int = Field(1, ge=1)
    """Threads for resampling and voice activity detection."""
    max_window_s: float = Field(WINDOW_SECONDS, gt=1, le=WINDOW_SECONDS)
    """Longest window, in seconds."""
    uncompressed_windows: int = Field(8, ge=0)
    """How many windows of a file are kept as plain samples. Later windows wait longer, and are
    compressed until a recogniser reads them. A larger value costs 1 MB per window."""
