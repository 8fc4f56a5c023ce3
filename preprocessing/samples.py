"""The samples of an audio file at a chosen rate, without detection of speech."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]


def decoded(path: Path, rate: int) -> Samples:
    """Mono samples of a file, resampled to `rate`; a file named `.g722` is raw G.722."""
    resampler = av.AudioResampler("s16", "mono", rate)
    raw = "g722" if path.suffix == ".g722" else None
    with av.open(str(path), format=raw) as container:
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])
