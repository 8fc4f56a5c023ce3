"""How likely each 32 ms of a signal is to be speech: silero VAD."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from sentivox.audio.vad_network import vad_network
from sentivox.types import SAMPLE_RATE, Pcm

FRAME_SAMPLES = 512
FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE
CONTEXT_SAMPLES = 64
"""The model sees this much of the frame before."""
STATE_SHAPE = (1, 1, 128)
BLOCK_FRAMES = 64
"""Frames per call: by themselves they take five times as long."""
FULL_SCALE = 32_768
FAINT_PEAK = 0.1 * FULL_SCALE
"""Below -20 dBFS the model overlooks speech; a recording that stays below is amplified to here."""
MAX_GAIN = 100.0

Probabilities = npt.NDArray[np.float32]
"""One value in [0, 1] per FRAME_SAMPLES, shape (frames,)."""


class VadModel:
    """The weights, shared by any number of `VoiceActivityDetector` in any number of threads."""

    def __init__(self, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # A thread that waits for the next frame shouldn't keep a core from others.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(
            vad_network(), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def run(
        self,
        frames: npt.NDArray[np.float32],
        hidden: npt.NDArray[np.float32],
        cell: npt.NDArray[np.float32],
    ) -> tuple[Probabilities, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Frames of shape (n, CONTEXT_SAMPLES + FRAME_SAMPLES) in [-1, 1], and the LSTM's state."""
        found, hidden, cell = self._session.run(
            ["speech_probs", "hn", "cn"], {"input": frames, "h": hidden, "c": cell}
        )
        return found.reshape(-1), hidden, cell


class VoiceActivityDetector:
    """One stream's state: `feed` pieces of any length, get the frames that became complete."""

    def __init__(self, model: VadModel) -> None:
        self._model = model
        self.reset()

    def reset(self) -> None:
        self._hidden = np.zeros(STATE_SHAPE, np.float32)
        self._cell = np.zeros(STATE_SHAPE, np.float32)
        self._context = np.zeros(CONTEXT_SAMPLES, np.float32)
        self._waiting: Pcm = np.zeros(0, np.int16)
        self._peak = 0

    def feed(self, pcm: Pcm) -> Probabilities:
        samples = np.concatenate([self._waiting, pcm])
        whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
        self._waiting = samples[whole:].copy()
        return self._probabilities(samples[:whole])

    def flush(self) -> Probabilities:
        """The last, incomplete frame, filled up with silence."""
        if not len(self._waiting):
            return np.zeros(0, np.float32)
        return self.feed(np.zeros(FRAME_SAMPLES - len(self._waiting), np.int16))

    def _probabilities(self, samples: Pcm) -> Probabilities:
        frames = samples.reshape(-1, FRAME_SAMPLES)
        found = [np.zeros(0, np.float32)]
        for first in range(0, len(frames), BLOCK_FRAMES):
            block = self._with_context(frames[first : first + BLOCK_FRAMES])
            values, self._hidden, self._cell = self._model.run(block, self._hidden, self._cell)
            found.append(values)
        return np.concatenate(found)

    def _with_context(self, frames: Pcm) -> npt.NDArray[np.float32]:
        block = np.empty((len(frames), CONTEXT_SAMPLES + FRAME_SAMPLES), np.float32)
        block[:, CONTEXT_SAMPLES:] = frames * self._gains(frames)
        block[0, :CONTEXT_SAMPLES] = self._context
        block[1:, :CONTEXT_SAMPLES] = block[:-1, -CONTEXT_SAMPLES:]
        self._context = block[-1, -CONTEXT_SAMPLES:].copy()
        return block

    def _gains(self, frames: Pcm) -> npt.NDArray[np.float32]:
        """One factor a frame, shape (frames, 1), from the loudest sample up to that frame."""
        peaks = np.abs(frames.astype(np.int32)).max(axis=1)
        peaks = np.maximum(np.maximum.accumulate(peaks), self._peak)
        self._peak = int(peaks[-1])
        gains = np.clip(FAINT_PEAK / np.maximum(peaks, 1), 1, MAX_GAIN) / FULL_SCALE
        return gains.astype(np.float32)[:, np.newaxis]
