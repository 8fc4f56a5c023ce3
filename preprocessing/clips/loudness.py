"""Normalisation of loudness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from preprocessing.clips.clip import Clip
from sentivox.audio.mixing import AudioSegment
from sentivox.types import SAMPLE_RATE

TARGET_DBFS = -23.0
"""Root mean square of a trimmed clip; about the loudness of speech in EBU R 128."""
PEAK_DBFS = -1.0
"""Highest peak after amplification."""
MAX_GAIN_DB = 30.0
"""Highest amplification: more would make the noise of very quiet speech loud."""


def normalise_loudness(clip: Clip) -> Clip:
    """The clip amplified or attenuated to TARGET_DBFS, as far as its peak allows; silence stays."""
    audio = AudioSegment(
        data=clip.pcm.tobytes(), sample_width=2, frame_rate=SAMPLE_RATE, channels=1
    )
    if not audio.max:
        return clip
    gain = min(TARGET_DBFS - audio.dBFS, PEAK_DBFS - audio.max_dBFS, MAX_GAIN_DB)
    normalised = audio.apply_gain(gain)
    return replace(clip, pcm=np.frombuffer(normalised.raw_data, np.int16))
