"""Frames on the file's own clock: silence where its time stamps leave a gap.

Recorders pause, phones send nothing while nobody speaks, packets are lost, and audio may begin
after the pictures. Only PyAV and the standard library are imported, see `worker`.
"""

from __future__ import annotations

from collections.abc import Iterator

from av.audio.frame import AudioFrame
from av.container import InputContainer

TOLERANCE_S = 0.1
"""Shorter gaps are the imprecision of time stamps."""
MAX_START_S = 600.0
"""A later start is that of a piece that was cut from a stream."""
MICROSECONDS = 1e6
STARTS_AT_ZERO = ("mov", "matroska")
"""Beginnings of the names of demuxers whose files have a clock of their own. Other containers
continue the clock of the device or of the broadcast."""


def start_of_clock(container: InputContainer) -> float:
    """The time stamp, in seconds, at which the file begins."""
    first = (container.start_time or 0) / MICROSECONDS
    own_clock = container.format.name.startswith(STARTS_AT_ZERO)
    return 0.0 if own_clock and 0 <= first <= MAX_START_S else first


def on_the_clock(
    frames: Iterator[AudioFrame], start_s: float, longest_s: float
) -> Iterator[AudioFrame]:
    """The frames, with silence before those that begin later than the ones before end.

    `start_s` is the time stamp of the file's beginning. Where time stamps jump back, or beyond
    `longest_s`, the frames follow one another.
    """
    position = 0.0
    for frame in frames:
        if frame.time is not None:
            gap = frame.time - start_s - position
            if gap < -TOLERANCE_S or position + gap > longest_s:
                start_s += gap
            elif gap > TOLERANCE_S:
                yield from _silence(gap, frame)
                position += gap
        position += frame.samples / frame.sample_rate
        yield frame


def _silence(seconds: float, like: AudioFrame) -> Iterator[AudioFrame]:
    """Frames of up to a second in int16."""
    left = round(seconds * like.sample_rate)
    while left > 0:
        frame = AudioFrame("s16", like.layout.name, min(left, like.sample_rate))
        frame.sample_rate = like.sample_rate
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        yield frame
        left -= frame.samples
