from __future__ import annotations

import numpy as np

from sentivox.audio.packing import packed, unpacked
from sentivox.types import Pcm, SpeechSegment, SpeechWindow


def test_a_packed_window_is_smaller_and_comes_back_as_it_was(sentence: Pcm) -> None:
    pcm = sentence
    window = SpeechWindow(3, 12.5, pcm, (SpeechSegment(12.5, 13.0, 0.9),), 1)
    small = packed(window)
    assert len(small.sound) < 0.8 * pcm.nbytes
    found = unpacked(small)
    assert np.array_equal(found.pcm, pcm)
    assert (found.index, found.start, found.speech, found.channel) == (3, 12.5, window.speech, 1)
