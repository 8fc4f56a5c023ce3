"""silero VAD's network with its convolutions written as products of matrices.

As it is published, ONNX Runtime convolves each frame by itself, four positions at a time, and such
narrow products take four fifths of its time. Here what a convolution looks at is laid out in rows,
for all frames of a call at once. The answers are the same but for rounding (docs/log.md).
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

# 640 samples a frame, mirrored ones included, are four overlapping spectra of 256. Each layer looks
# at three neighbours; the second and the third keep every second of them, so that 4, 2 and then 1
# are left. What lies beside the one is padding, and left out.
NETWORK = """
<ir_version: 9, opset_import: ["": 18]>
voices (float[frames, 576] input, float[1, 1, 128] h, float[1, 1, 128] c)
    => (float[frames] speech_probs, float[1, 1, 128] hn, float[1, 1, 128] cn)
{
    to_waves = Constant <value_ints = [-1, 256]> ()
    to_spectra = Constant <value_ints = [-1, 516]> ()
    to_threes = Constant <value_ints = [-1, 387]> ()
    to_four = Constant <value_ints = [-1, 512]> ()
    to_pairs = Constant <value_ints = [-1, 384]> ()
    to_one = Constant <value_ints = [-1, 128]> ()
    to_steps = Constant <value_ints = [-1, 1, 128]> ()
    to_frames = Constant <value_ints = [-1]> ()

    mirrored = Constant <value_ints = [0, 0, 0, 64]> ()
    samples = Pad <mode = "reflect"> (input, mirrored)
    s0, s1, s2, s3, s4 = Split <axis = 1, num_outputs = 5> (samples)
    overlapping = Concat <axis = 1> (s0, s1, s1, s2, s2, s3, s3, s4)
    waves = Reshape (overlapping, to_waves)
    parts = MatMul (waves, fourier)
    squares = Mul (parts, parts)
    real, imaginary = Split <axis = 1, num_outputs = 2> (squares)
    power = Add (real, imaginary)
    spectrum = Sqrt (power)

    beside = Constant <value_ints = [0, 129, 0, 129]> ()
    spectra = Reshape (spectrum, to_spectra)
    framed = Pad (spectra, beside)
    a0, a1, a2, a3, a4, a5 = Split <axis = 1, num_outputs = 6> (framed)
    seen_0 = Concat <axis = 1> (a0, a1, a2, a1, a2, a3, a2, a3, a4, a3, a4, a5)
    rows_0 = Reshape (seen_0, to_threes)
    sums_0 = Gemm (rows_0, weight_0, bias_0)
    layer_0 = Relu (sums_0)

    before = Constant <value_ints = [0, 128, 0, 0]> ()
    four = Reshape (layer_0, to_four)
    five = Pad (four, before)
    b0, b1, b2, b3, b4 = Split <axis = 1, num_outputs = 5> (five)
    seen_1 = Concat <axis = 1> (b0, b1, b2, b2, b3, b4)
    rows_1 = Reshape (seen_1, to_pairs)
    sums_1 = Gemm (rows_1, weight_1, bias_1)
    layer_1 = Relu (sums_1)

    rows_2 = Reshape (layer_1, to_one)
    sums_2 = Gemm (rows_2, weight_2, bias_2)
    layer_2 = Relu (sums_2)
    sums_3 = Gemm (layer_2, weight_3, bias_3)
    layer_3 = Relu (sums_3)

    steps = Reshape (layer_3, to_steps)
    remembered, hn, cn = LSTM <hidden_size = 128> (steps, lstm_w, lstm_r, lstm_b, , h, c)
    said = Reshape (remembered, to_one)
    voiced = Relu (said)
    score = Gemm (voiced, weight_out, bias_out)
    likely = Sigmoid (score)
    speech_probs = Reshape (likely, to_frames)
}
"""
SEEN = (slice(None), slice(None), slice(1, None), slice(1, 2))
"""What each layer's kernel of three sees besides padding."""


def vad_network() -> bytes:
    """For ONNX Runtime: frames of the samples before and their own, (n, 64 + 512) in [-1, 1], and
    the LSTM's state -> how likely each is speech, (n,), and the state after them.
    """
    model = parser.parse_model(NETWORK)
    published = onnx.load(published_file()).graph
    values = {value.name: numpy_helper.to_array(value) for value in published.initializer}
    fourier, *layers, out = ([values[name] for name in names] for names in _of(published, "Conv"))
    [recurrent] = _of(published, "LSTM")
    weights = {"fourier": _by_row(fourier[0])}
    for number, ((weight, bias), seen) in enumerate(zip(layers, SEEN, strict=True)):
        weights |= {f"weight_{number}": _by_row(weight[:, :, seen]), f"bias_{number}": bias}
    weights |= {"weight_out": _by_row(out[0]), "bias_out": out[1]}
    weights |= zip(("lstm_w", "lstm_r", "lstm_b"), (values[n] for n in recurrent[:3]), strict=True)
    model.graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(value), name)
        for name, value in weights.items()
    )
    return model.SerializeToString()


def _of(graph: onnx.GraphProto, kind: str) -> Iterable[Sequence[str]]:
    """The names of the weights of each such node, in their order."""
    return (node.input[1:] for node in graph.node if node.op_type == kind)


def _by_row(kernel: Floats) -> Floats:
    """(outputs, inputs, positions) -> (positions * inputs, outputs)."""
    return kernel.transpose(2, 1, 0).reshape(-1, len(kernel))


def published_file() -> Path:
    """The same network as it comes with silero-vad."""
    # Found without importing the package, which would set torch's threads for the whole process.
    spec = find_spec("silero_vad")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("silero_vad")
    return Path(spec.submodule_search_locations[0]) / "data" / "silero_vad_16k_sequence.onnx"
