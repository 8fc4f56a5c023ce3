"""What a training run of a CTC model can be told, and the sizes of the model made from nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class CtcOptions:
    """One run. The same options, data and number of workers give the same weights."""

    seed: int = 20261125
    steps: int = 2500
    """Weight updates until the learning rate has come down to nothing."""
    minutes: float | None = None
    """Of training: the learning rate comes down in this time where the steps would take longer.
    With it, the weights depend on how fast the machine is."""
    batch_seconds: float = 40.0
    """Of padded audio in one pass, on each worker."""
    accumulate: int = 1
    """Passes before an update."""
    learning_rate: float = 1e-3
    warmup_steps: int = 200
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    first_short_epochs: int = 4
    """Passes over clips of at most `short_seconds` alone, in which letters are easier to place."""
    short_seconds: float = 3.0
    evaluate_steps: int = 100
    """Updates between two looks at the validation clips; each ends with a checkpoint."""
    patience: int = 12
    """Looks without a better character error rate after which training stops."""
    speeds: tuple[int, ...] = (85, 90, 95, 100, 105, 110, 115)
    """In percent; one is drawn for each clip each time. Shards that hold copies at other speeds
    are left as they are."""
    noise: tuple[float, ...] = (0.0, 0.01, 0.03)
    """Standard deviations of added noise, where a clip's own is 1."""
    margin_seconds: tuple[float, float] = (0.05, 0.3)
    """Of near silence put before and behind a clip: recordings often begin with a word, and what
    a voice detector cuts out doesn't."""
    precision: Precision = "float32"


@dataclass(frozen=True, slots=True)
class ModelSizes:
    """A wav2vec2 that a processor trains in an hour: 4 million weights, a frame every 30 ms."""

    bands: int = 48
    width: int = 256
    layers: int = 4
    heads: int = 4
    inner_width: int = 1024
    adapter_width: int = 16
    """Of each layer's adapter, in a model with an adapter for each language."""
    dropout: float = 0.1
