"""Settings of torch for a process that has a share of a GPU."""

from __future__ import annotations

from sentivox.errors import StageUnavailable


def use_gpu(memory_share: float | None) -> None:
    """Prepares torch for the GPU; the process may use `memory_share` of its memory, None for all.

    Raises StageUnavailable without a GPU.
    """
    import torch

    if not torch.cuda.is_available():
        raise StageUnavailable(
            "A model is set to run on a GPU, and torch finds none on this machine. "
            "Set its device to cpu."
        )
    # cuDNN's attention makes a plan for each shape, which takes as long as a hundred batches.
    torch.backends.cuda.enable_cudnn_sdp(False)
    torch.cuda.set_per_process_memory_fraction(1.0 if memory_share is None else memory_share)
