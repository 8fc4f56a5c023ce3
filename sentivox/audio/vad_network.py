"""silero VAD as an ONNX model: the published network, and the same function in matrix products.

ONNX Runtime computes the published network's convolutions frame by frame, four positions at a time;
such narrow products take four fifths of its time. `matrix_network` lays out the inputs of each
convolution as rows of one matrix for all frames of a call. Its results differ from the published
network's by rounding only (docs/log.md); `tests/audio/test_vad_network.py` compares both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper, parser

Floats = npt.NDArray[np.float32]

# A frame's 640 samples, 64 reflected ones included, give four overlapping spectra of 256 samples.
# Each convolution has a kernel of three positions; the second and the third have stride two, so
# that 4, 2 and then 1 positions remain. Of the last kernels, only the middle position sees more
# than padding.
NETWORK = """
<ir_version: 9, opset_import: ["": 18]>
silero_vad (float[frames, 576] input, float[1, 1, 128] h, float[1, 1, 128] c)
    => (float[frames] speech_probs, float[1, 1, 128] hn, float[1, 1, 128] cn)
{
    wave_shape = Constant <value_ints = [-1, 256]> ()
    spectra_shape = Constant <value_ints = [-1, 516]> ()
    three_positions = Constant <value_ints = [-1, 387]> ()
    four_positions = Constant <value_ints = [-1, 512]> ()
    pair_positions = Constant <value_ints = [-1, 384]> ()
    one_position = Constant <value_ints = [-1, 128]> ()
    step_shape = Constant <value_ints = [-1, 1, 128]> ()
    frame_shape = Constant <value_ints = [-1]> ()

    reflection = Constant <value_ints = [0, 0, 0, 64]> ()
    samples = Pad <mode = "reflect"> (input, reflection)
    s0, s1, s2, s3, s4 = Split <axis = 1, num_outputs = 5> (samples)
    overlapping = Concat <axis = 1> (s0, s1, s1, s2, s2, s3, s3, s4)
    waves = Reshape (overlapping, wave_shape)
    parts = MatMul (waves, fourier)
    squares = Mul (parts, parts)
    real, imaginary = Split <axis = 1, num_outputs = 2> (squares)
    power = Add (real, imaginary)
    spectrum = Sqrt (power)

    padding_0 = Constant <value_ints = [0, 129, 0, 129]> ()
    spectra = Reshape (spectrum, spectra_shape)
    padded_0 = Pad (spectra, padding_0)
    a0, a1, a2, a3, a4, a5 = Split <axis = 1, num_outputs = 6> (padded_0)
    patches_0 = Concat <axis = 1> (a0, a1, a2, a1, a2, a3, a2, a3, a4, a3, a4, a5)
    rows_0 = Reshape (patches_0, three_positions)
    sums_0 = Gemm (rows_0, weight_0, bias_0)
    layer_0 = Relu (sums_0)

    padding_1 = Constant <value_ints = [0, 128, 0, 0]> ()
    positions_1 = Reshape (layer_0, four_positions)
    padded_1 = Pad (positions_1, padding_1)
    b0, b1, b2, b3, b4 = Split <axis = 1, num_outputs = 5> (padded_1)
    patches_1 = Concat <axis = 1> (b0, b1, b2, b2, b3, b4)
    rows_1 = Reshape (patches_1, pair_positions)
    sums_1 = Gemm (rows_1, weight_1, bias_1)
    layer_1 = Relu (sums_1)

    rows_2 = Reshape (layer_1, one_position)
    sums_2 = Gemm (rows_2, weight_2, bias_2)
    layer_2 = Relu (sums_2)
    sums_3 = Gemm (layer_2, weight_3, bias_3)
    layer_3 = Relu (sums_3)

    steps = Reshape (layer_3, step_shape)
    outputs, hn, cn = LSTM <hidden_size = 128> (steps, lstm_w, lstm_r, lstm_b, , h, c)
    states = Reshape (outputs, one_position)
    activations = Relu (states)
    score = Gemm (activations, weight_out, bias_out)
    probabilities = Sigmoid (score)
    speech_probs = Reshape (probabilities, frame_shape)
}
"""
KERNEL_POSITIONS = (slice(None), slice(None), slice(1, None), slice(1, 2))
"""Positions of each layer's kernel of three that see more than padding."""


def silero_network() -> bytes:
    """ONNX model of silero VAD as published, the reference for `matrix_network`.

    Inputs: `input`, frames in [-1, 1] with the 64 samples before each, shape (frames, 64 + 512);
    `h` and `c`, the LSTM's state, shape (1, 1, 128) each. Outputs: `speech_probs`, one value per
    frame; `hn` and `cn`, the state after the frames.
    """
    return _published_file().read_bytes()


def matrix_network() -> bytes:
    """ONNX model that computes `silero_network` with matrix products.

    Inputs and outputs are those of `silero_network`, with `speech_probs` of shape (frames,).
    """
    model = parser.parse_model(NETWORK)
    published = onnx.load(_published_file()).graph
    values = {value.name: numpy_helper.to_array(value) for value in published.initializer}
    fourier, *layers, out = (
        [values[name] for name in names] for names in _weight_names(published, "Conv")
    )
    [recurrent] = _weight_names(published, "LSTM")
    weights = {"fourier": _as_matrix(fourier[0])}
    for number, ((weight, bias), seen) in enumerate(zip(layers, KERNEL_POSITIONS, strict=True)):
        weights |= {f"weight_{number}": _as_matrix(weight[:, :, seen]), f"bias_{number}": bias}
    weights |= {"weight_out": _as_matrix(out[0]), "bias_out": out[1]}
    weights |= zip(("lstm_w", "lstm_r", "lstm_b"), (values[n] for n in recurrent[:3]), strict=True)
    model.graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(value), name)
        for name, value in weights.items()
    )
    return model.SerializeToString()


def _weight_names(graph: onnx.GraphProto, operator: str) -> Iterable[Sequence[str]]:
    """Names of the weights of each node of that operator, in the graph's order."""
    return (node.input[1:] for node in graph.node if node.op_type == operator)


def _as_matrix(kernel: Floats) -> Floats:
    """Kernel of shape (outputs, inputs, positions) as a matrix (positions * inputs, outputs)."""
    return kernel.transpose(2, 1, 0).reshape(-1, len(kernel))


def _published_file() -> Path:
    """The ONNX file in the silero-vad package."""
    # Found without importing the package, which would set torch's threads for the whole process.
    spec = find_spec("silero_vad")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("silero_vad")
    return Path(spec.submodule_search_locations[0]) / "data" / "silero_vad_16k_sequence.onnx"
