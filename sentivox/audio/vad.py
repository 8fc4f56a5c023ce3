"""Voice activity detection with silero VAD: the speech probability of each 32 ms of a signal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from sentivox.audio.vad_network import matrix_network
from sentivox.types import FULL_SCALE, SAMPLE_RATE, Pcm

FRAME_SAMPLES = 512
FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE
CONTEXT_SAMPLES = 64
"""Samples of the preceding frame that the network sees."""
STATE_SHAPE = (1, 1, 128)
"""Shape of the LSTM's hidden state and of its cell state."""
BLOCK_FRAMES = 64
"""Frames per call of the network: one frame per call takes five times as long."""
MIN_PEAK = 0.1 * FULL_SCALE
"""Peak, -20 dBFS, below which the network misses speech. A quieter recording is amplified to it."""
MAX_GAIN = 100.0

Probabilities = npt.NDArray[np.float32]
"""Speech probability, in [0, 1], of each FRAME_SAMPLES; shape (frames,)."""


class VadModel:
    """silero VAD's weights; shared by any number of `VoiceActivityDetector` and of threads."""

    def __init__(self, threads: int = 1, network: bytes | None = None) -> None:
        """`network` is an ONNX model with the inputs and outputs of `silero_network`; None for
        `matrix_network`, which is faster and computes the same function.
        """
        options = ort.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # A thread that waits for the next frame shouldn't occupy a core.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(
            network or matrix_network(), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def run(
        self,
        frames: npt.NDArray[np.float32],
        hidden: npt.NDArray[np.float32],
        cell: npt.NDArray[np.float32],
    ) -> tuple[Probabilities, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Speech probabilities, shape (n,), and the LSTM's hidden and cell state after the frames.

        `frames` has shape (n, CONTEXT_SAMPLES + FRAME_SAMPLES) and values in [-1, 1]; both states
        have shape STATE_SHAPE.
        """
        probabilities, hidden, cell = self._session.run(
            ["speech_probs", "hn", "cn"], {"input": frames, "h": hidden, "c": cell}
        )
        return probabilities.reshape(-1), hidden, cell


class VoiceActivityDetector:
    """Streaming state of one signal: `feed` pieces of any length, then `flush` once."""

    def __init__(self, model: VadModel) -> None:
        self._model = model
        self.reset()

    def reset(self) -> None:
        """Return to the state before the first sample."""
        self._hidden = np.zeros(STATE_SHAPE, np.float32)
        self._cell = np.zeros(STATE_SHAPE, np.float32)
        self._context = np.zeros(CONTEXT_SAMPLES, np.float32)
        self._incomplete: Pcm = np.zeros(0, np.int16)
        self._peak = 0

    def feed(self, pcm: Pcm) -> Probabilities:
        """Speech probabilities of the frames that became complete with these samples."""
        samples = np.concatenate([self._incomplete, pcm])
        whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
        self._incomplete = samples[whole:].copy()
        return self._frame_probabilities(samples[:whole])

    def flush(self) -> Probabilities:
        """Speech probability of the last, incomplete frame, padded with silence; shape (0,) or
        (1,).
        """
        if not len(self._incomplete):
            return np.zeros(0, np.float32)
        return self.feed(np.zeros(FRAME_SAMPLES - len(self._incomplete), np.int16))

    def _frame_probabilities(self, samples: Pcm) -> Probabilities:
        frames = samples.reshape(-1, FRAME_SAMPLES)
        blocks = [np.zeros(0, np.float32)]
        for first in range(0, len(frames), BLOCK_FRAMES):
            block = self._with_context(frames[first : first + BLOCK_FRAMES])
            values, self._hidden, self._cell = self._model.run(block, self._hidden, self._cell)
            blocks.append(values)
        return np.concatenate(blocks)

    def _with_context(self, frames: Pcm) -> npt.NDArray[np.float32]:
        """Amplified frames, each after the last samples of the preceding frame; the input of
        `VadModel.run`.
        """
        block = np.empty((len(frames), CONTEXT_SAMPLES + FRAME_SAMPLES), np.float32)
        block[:, CONTEXT_SAMPLES:] = frames * self._gains(frames)
        block[0, :CONTEXT_SAMPLES] = self._context
        block[1:, :CONTEXT_SAMPLES] = block[:-1, -CONTEXT_SAMPLES:]
        self._context = block[-1, -CONTEXT_SAMPLES:].copy()
        return block

    def _gains(self, frames: Pcm) -> npt.NDArray[np.float32]:
        """Factor for each frame, from the loudest sample up to it; shape (frames, 1)."""
        peaks = np.abs(frames.astype(np.int32)).max(axis=1)
        peaks = np.maximum(np.maximum.accumulate(peaks), self._peak)
        self._peak = int(peaks[-1])
        gains = np.clip(MIN_PEAK / np.maximum(peaks, 1), 1, MAX_GAIN) / FULL_SCALE
        return gains.astype(np.float32)[:, np.newaxis]
