"""What torch is told once of the GPU that a process has a share of."""

from __future__ import annotations

from sentivox.errors import StageUnavailable


def use_gpu(memory_share: float | None) -> None:
    """Of its memory this process may take that share; None bounds nothing. Raises StageUnavailable
    where there is no GPU.
    """
    import torch

    if not torch.cuda.is_available():
        raise StageUnavailable(
            "A model is set to run on a GPU, and torch finds none on this machine. "
            "Set its device to cpu."
        )
    # It plans for each shape it meets, which takes longer than a hundred batches of that shape.
    torch.backends.cuda.enable_cudnn_sdp(False)
    torch.cuda.set_per_process_memory_fraction(1.0 if memory_share is None else memory_share)
