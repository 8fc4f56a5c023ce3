from __future__ import annotations

import numpy as np

from sentivox.audio.compressed_window import compress, decompress
from sentivox.types import Pcm, SpeechSegment, SpeechWindow


def test_a_compressed_window_is_smaller_and_lossless(sentence: Pcm) -> None:
    window = SpeechWindow(3, 12.5, sentence, (SpeechSegment(12.5, 13.0, 0.9),), 1)
    compressed = compress(window)
    assert len(compressed.flac) < 0.8 * sentence.nbytes
    restored = decompress(compressed)
    assert np.array_equal(restored.pcm, sentence)
    assert (restored.index, restored.start) == (3, 12.5)
    assert (restored.speech, restored.channel) == (window.speech, 1)
