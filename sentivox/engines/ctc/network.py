"""wav2vec2 with a CTC head: from samples to the log-probability of each output in each frame.

Baevski et al. 2020, "wav2vec 2.0"; XLS-R and MMS have the same layers, trained on more languages.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.utils import parametrize
from torch.nn.utils.rnn import pad_sequence
from transformers import Wav2Vec2ForCTC

from sentivox.engines.ctc.adapters import adapters_in
from sentivox.engines.ctc.vocabulary import read_json
from sentivox.errors import WeightsAltered, WeightsMissing
from sentivox.settings import RecognitionSettings
from sentivox.types import FULL_SCALE, SAMPLE_RATE, Pcm

MIN_LENGTH_RATIO = 0.7
"""Clips shorter than this share of a batch's longest clip aren't in that batch: with a lower ratio
more of the batch is padding."""

_UNUSED = "wav2vec2.masked_spec_embed"
"""A tensor that only training uses; not every file has it."""

Samples = npt.NDArray[np.float32]
"""Shape (samples,), full scale is 1."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The frame rate of a model: kernels and strides of its convolutions over the samples."""

    kernels: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def stride(self) -> int:
        """Samples between two frames: 320, which is 20 ms, in every published model."""
        return int(np.prod(self.strides))

    @property
    def width(self) -> int:
        """Samples that one frame covers."""
        width = 1
        for kernel, stride in zip(reversed(self.kernels), reversed(self.strides), strict=True):
            width = (width - 1) * stride + kernel
        return width

    def count(self, samples: int) -> int:
        """Number of frames that `samples` samples give."""
        for kernel, stride in zip(self.kernels, self.strides, strict=True):
            samples = (samples - kernel) // stride + 1
        return samples

    def seconds(self, frame: int) -> float:
        """Start of a frame: its middle is the middle of the samples that it covers."""
        return (frame * self.stride + (self.width - self.stride) / 2) / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Features:
    """Preprocessing of samples, from `preprocessor_config.json`."""

    do_normalize: bool
    """Whether samples are scaled to mean 0 and variance 1."""
    return_attention_mask: bool
    """Whether the model was trained with a mask of the padding."""

    @classmethod
    def read(cls, folder: Path) -> Features:
        """The preprocessing of the model in `folder`. Raises WeightsMissing or WeightsAltered."""
        found = read_json(folder, "preprocessor_config.json")
        if found.get("sampling_rate", SAMPLE_RATE) != SAMPLE_RATE:
            raise WeightsAltered(
                f"The model in '{folder.name}' is for {found['sampling_rate']} samples per second, "
                f"and this service has {SAMPLE_RATE}. Choose another model."
            )
        return cls(found.get("do_normalize", True), found.get("return_attention_mask", False))

    def of(self, pcm: Pcm) -> Samples:
        """The network's input for a clip."""
        samples = pcm.astype(np.float32) / np.float32(FULL_SCALE)
        if self.do_normalize:
            samples = (samples - samples.mean()) / np.sqrt(samples.var() + np.float32(1e-7))
        return samples


@dataclass(frozen=True, slots=True, eq=False)
class CtcNetwork:
    """A loaded model with its preprocessing and its frame rate."""

    model: torch.nn.Module
    features: Features
    frames: Frames

    @property
    def outputs(self) -> int:
        """Number of outputs, the blank included."""
        return len(self.model.lm_head.weight)

    def adapter_tensors(self) -> dict[str, torch.Tensor]:
        """The tensors that an adapter replaces, the output layer included, by name."""
        adapters = tuple(
            f"{name}." for name, _ in self.model.named_modules() if name.endswith(".adapter_layer")
        )
        return {
            name: tensor
            for name, tensor in self.model.named_parameters()
            if name.startswith(("lm_head.", *adapters))
        }

    def with_adapter(self, tensors: Mapping[str, torch.Tensor]) -> CtcNetwork:
        """A network with the `tensors` of an adapter, which shares all other weights.

        Nothing is replaced in place, so networks with different adapters may run concurrently.
        """
        shared = [*self.model.parameters(), *self.model.buffers()]
        memo = {id(tensor): tensor for tensor in shared}
        for name, tensor in self.adapter_tensors().items():
            memo[id(tensor)] = torch.nn.Parameter(tensors[name], requires_grad=False)
        model = copy.deepcopy(self.model, memo)
        return replace(self, model=model)

    def encode(self, clips: Sequence[Pcm]) -> list[torch.Tensor]:
        """Log-probabilities of each clip, natural logarithms, shape (frames, outputs)."""
        width = self.frames.width
        features = [self.features.of(pcm) for pcm in clips]
        samples = [np.pad(each, (0, max(0, width - len(each)))) for each in features]
        found: dict[int, torch.Tensor] = {}
        for rows in length_groups([len(each) for each in samples]):
            log_probs = self._forward([samples[row] for row in rows])
            for row, own in zip(rows, log_probs, strict=True):
                found[row] = own[: self.frames.count(len(samples[row]))]
        return [found[row] for row in range(len(clips))]

    def _forward(self, samples: Sequence[Samples]) -> torch.Tensor:
        """Log-probabilities of clips padded to the longest one, shape (clips, frames, outputs)."""
        weight = self.model.lm_head.weight
        padded = pad_sequence([torch.from_numpy(each) for each in samples], batch_first=True)
        mask = None
        if self.features.return_attention_mask:
            lengths = torch.tensor([len(each) for each in samples])
            mask = (torch.arange(padded.shape[1]) < lengths[:, None]).long().to(weight.device)
        with torch.inference_mode():
            logits = self.model(padded.to(weight), attention_mask=mask).logits
            return logits.float().log_softmax(-1).cpu()


def length_groups(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of clips to batch together: each clip of a group has at least MIN_LENGTH_RATIO of the
    longest one's length.
    """
    rows = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    while rows:
        least = MIN_LENGTH_RATIO * lengths[rows[0]]
        count = sum(lengths[row] >= least for row in rows)
        yield rows[:count]
        rows = rows[count:]


def load_network(folder: Path, settings: RecognitionSettings) -> CtcNetwork:
    """The model in `folder`, on the device and in the number format of the settings.

    Raises WeightsMissing or WeightsAltered.
    """
    kind = read_json(folder, "config.json").get("model_type")
    if kind != "wav2vec2":
        raise WeightsMissing(
            f"The model in '{folder.name}' is of the type '{kind}'. The engine ctc "
            "runs 'wav2vec2', to which XLS-R and MMS belong."
        )
    torch.set_num_threads(settings.threads)
    features = Features.read(folder)
    model, report = Wav2Vec2ForCTC.from_pretrained(
        folder,
        dtype=getattr(torch, settings.compute_type),
        local_files_only=True,
        use_safetensors=True,
        output_loading_info=True,
    )
    model = model.eval().requires_grad_(False).to(settings.device)
    _fold_weight_norm(model)
    frames = Frames(tuple(model.config.conv_kernel), tuple(model.config.conv_stride))
    network = CtcNetwork(model, features, frames)
    replaced = network.adapter_tensors() if adapters_in(folder) else {}
    if missing := sorted(set(report["missing_keys"]) - {*replaced, _UNUSED}):
        raise WeightsAltered(
            f"The model in '{folder.name}' lacks {len(missing)} of its tensors, '{missing[0]}' "
            "among them. Copy it again; a model that wasn't trained to transcribe has no 'lm_head'."
        )
    return network


def _fold_weight_norm(model: torch.nn.Module) -> None:
    """Replaces the weight normalisation by its result, which each pass would compute again."""
    convolution = model.wav2vec2.encoder.pos_conv_embed.conv
    if parametrize.is_parametrized(convolution, "weight"):
        parametrize.remove_parametrizations(convolution, "weight")
        convolution.weight.requires_grad_(False)
