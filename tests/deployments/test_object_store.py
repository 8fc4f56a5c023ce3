from __future__ import annotations

from deployments.object_store import decoded_file
from sentivox.pipeline.stages import DecodedFile, WindowRef
from sentivox.types import AudioInfo

INFO = AudioInfo(10.0, "wav", "pcm_s16le", 16_000, 2, -3.0)


def test_windows_of_several_channels_are_numbered_by_their_starts() -> None:
    cut = [(5.0, 1), (0.0, 0), (9.0, 1), (7.0, 0)]
    windows = tuple(WindowRef(0, start, 1.0, None, channel) for start, channel in cut)
    facts = DecodedFile(INFO, windows)
    found = [
        (window.index, window.start, window.channel, window.content)
        for window in decoded_file(facts, "abcd").windows
    ]
    assert found == [(0, 0.0, 0, "b"), (1, 5.0, 1, "a"), (2, 7.0, 0, "d"), (3, 9.0, 1, "c")]
