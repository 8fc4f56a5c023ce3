"""All recordings as loud as each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from preprocessing.clips.clip import Clip
from sentivox.audio.mixing import AudioSegment
from sentivox.types import SAMPLE_RATE

TARGET_DBFS = -23.0
"""Root mean square of a clip without the silence around it; about where EBU R 128 puts speech."""
PEAK_DBFS = -1.0
"""No sample is amplified beyond this."""
MOST_GAIN_DB = 30.0
"""More would turn a whisper's noise into the loudest thing in it."""


def level(clip: Clip) -> Clip:
    """Amplified or attenuated to TARGET_DBFS, as far as the peak allows."""
    sound = AudioSegment(
        data=clip.pcm.tobytes(), sample_width=2, frame_rate=SAMPLE_RATE, channels=1
    )
    if not sound.max:
        return clip
    gain = min(TARGET_DBFS - sound.dBFS, PEAK_DBFS - sound.max_dBFS, MOST_GAIN_DB)
    levelled = sound.apply_gain(gain)
    return replace(clip, pcm=np.frombuffer(levelled.raw_data, np.int16))
