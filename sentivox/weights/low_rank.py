"""How low-rank adapters are stored: a pair of thin matrices for each layer that they change.

B A is added to the layer's weight: Hu et al. 2021, https://arxiv.org/abs/2106.09685, equation 3.
"""

from __future__ import annotations

LORA_A, LORA_B = ".lora_a", ".lora_b"
"""After the layer's name: A is (rank, in) and B (out, rank)."""
