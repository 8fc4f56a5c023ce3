"""Options of a CTC training run, and sizes of the small model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class CtcOptions:
    """Options of one run. Equal options, data and numbers of workers give equal weights."""

    seed: int = 20261125
    steps: int = 2500
    """Weight updates until the learning rate has reached its minimum."""
    minutes: float | None = None
    """Longest duration of training: the learning rate decays within it if the steps would take
    longer. The weights then depend on the machine's speed."""
    batch_seconds: float = 40.0
    """Padded audio in one batch of a worker, in seconds."""
    accumulate: int = 1
    """Batches per weight update."""
    learning_rate: float = 1e-3
    warmup_steps: int = 200
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    first_short_epochs: int = 4
    """First epochs with clips of at most `short_seconds` only, which are easier to align."""
    short_seconds: float = 3.0
    evaluate_steps: int = 100
    """Updates between two evaluations on validation clips; each evaluation writes a checkpoint."""
    patience: int = 12
    """Evaluations without a better CER after which training stops."""
    speeds: tuple[int, ...] = (85, 90, 95, 100, 105, 110, 115)
    """Speeds in percent, one drawn per clip and epoch; unused if the shards have augmented
    copies."""
    noise: tuple[float, ...] = (0.0, 0.01, 0.03)
    """Standard deviations of added noise, relative to the clip's."""
    silence_seconds: tuple[float, float] = (0.05, 0.3)
    """Shortest and longest near-silence added before and after a clip: recordings often begin with
    a word, and windows cut by voice activity detection don't."""
    precision: Precision = "float32"


@dataclass(frozen=True, slots=True)
class ModelSizes:
    """Sizes of a wav2vec2 that a CPU trains in an hour: 4 million weights, a frame every 30 ms."""

    bands: int = 48
    width: int = 256
    layers: int = 4
    heads: int = 4
    inner_width: int = 1024
    adapter_width: int = 16
    """Width of each layer's adapter, in a model with language adapters."""
    dropout: float = 0.1
