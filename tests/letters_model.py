"""A small CTC model with the structure of MMS, trained in a minute: it recognises the speech of
`tests/letters.py` in two languages, with an adapter for each.

Training has a label for each frame, because a model of this size would need long to align text and
frames by CTC loss. Otherwise it is an ordinary CTC model.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

from sentivox.engines.ctc.network import CtcNetwork, Features, Frames
from sentivox.types import SAMPLE_RATE
from tests import letters
from tests.letters import LETTERS, Spoken, random_speech

NAMES = {"nl": "nld", "el": "ell"}
"""ISO 639-3 codes, as in the names of MMS adapters."""
SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "|")
UNUSED = {"nl": "", "el": "ωψ"}
"""Letters that no text has, so that the languages differ in their number of outputs."""
FEATURES = Features(do_normalize=True, return_attention_mask=True)

SHORTEST_GAP = int(letters.GAP_SECONDS[0] * SAMPLE_RATE) - 1
CLIPS, BATCH = 320, 8
STEPS = {"nl": 200, "el": 60}
RATES = {"nl": 3e-3, "el": 5e-3}

CONFIG = Wav2Vec2Config(
    vocab_size=len(SPECIAL) + len(LETTERS["nl"]),
    pad_token_id=0,
    hidden_size=64,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=128,
    conv_dim=(32, 48, 64, 64),
    conv_kernel=(20, 8, 8, 4),
    conv_stride=(10, 4, 4, 2),
    conv_bias=True,
    feat_extract_norm="layer",
    do_stable_layer_norm=True,
    num_conv_pos_embeddings=15,
    num_conv_pos_embedding_groups=4,
    adapter_attn_dim=8,
    hidden_dropout=0.0,
    attention_dropout=0.0,
    activation_dropout=0.0,
    feat_proj_dropout=0.0,
    final_dropout=0.0,
    layerdrop=0.0,
    apply_spec_augment=False,
)
FRAMES = Frames(tuple(CONFIG.conv_kernel), tuple(CONFIG.conv_stride))


def table(language: str) -> dict[str, int]:
    """Ids of a language's labels."""
    labels = [*SPECIAL, *LETTERS[language], *UNUSED[language]]
    return {label: number for number, label in enumerate(labels)}


def recipe() -> str:
    """A hash of everything that the trained model depends on."""
    sources = [Path(__file__), Path(letters.__file__)]
    versions = f"{torch.__version__} {transformers.__version__}".encode()
    return hashlib.sha256(b"".join(p.read_bytes() for p in sources) + versions).hexdigest()[:16]


def train(folder: Path) -> None:
    """Trains the model and saves its files, in the format of `transformers`, in `folder`."""
    threads = torch.get_num_threads()
    torch.set_num_threads(os.cpu_count() or 1)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            _train(folder)
    finally:
        torch.set_num_threads(threads)


def _train(folder: Path) -> None:
    model = Wav2Vec2ForCTC(CONFIG)
    speech = list(random_speech(CLIPS, seed=0))
    _train_language(model, model.parameters(), speech, "nl")
    model.save_pretrained(folder)
    network = CtcNetwork(model, FEATURES, FRAMES)
    _save_adapter(folder, network, "nl")
    model.init_adapter_layers()
    model.lm_head = torch.nn.Linear(CONFIG.hidden_size, len(table("el")))
    model.requires_grad_(False)
    adapter = network.adapter_tensors()
    for tensor in adapter.values():
        tensor.requires_grad_(True)
    _train_language(model, adapter.values(), speech, "el")
    _save_adapter(folder, network, "el")
    _save_json(folder, "vocab.json", {NAMES[language]: table(language) for language in NAMES})
    _save_json(folder, "tokenizer_config.json", {"pad_token": "<pad>", "word_delimiter_token": "|"})
    _save_json(
        folder,
        "preprocessor_config.json",
        {"sampling_rate": 16_000, "do_normalize": True, "return_attention_mask": True},
    )


def _train_language(
    model: torch.nn.Module, tensors: object, speech: list[Spoken], language: str
) -> None:
    model.train()
    optimizer = torch.optim.AdamW(tensors, lr=RATES[language])
    steps = STEPS[language]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATES[language], total_steps=steps)
    generator = np.random.default_rng(1)
    for _ in range(steps):
        some = [speech[number] for number in generator.integers(0, len(speech), BATCH)]
        samples = [FEATURES.of(each.pcm) for each in some]
        longest = max(map(len, samples))
        padded = torch.from_numpy(np.stack([np.pad(x, (0, longest - len(x))) for x in samples]))
        mask = torch.arange(longest) < torch.tensor([len(x) for x in samples])[:, None]
        logits = model(padded, attention_mask=mask.long()).logits
        wanted = torch.full(logits.shape[:2], -100)
        for row, each in enumerate(some):
            labels = _labels(each)
            wanted[row, : len(labels)] = labels
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    model.eval()


def _labels(spoken: Spoken) -> torch.Tensor:
    """Label of each frame: a letter, the delimiter in the middle of a gap, or the blank."""
    labels = torch.zeros(FRAMES.count(len(spoken.pcm)), dtype=torch.long)
    before = 0
    for phone, begin, end in spoken.phones:
        first, after = _frame(begin), _frame(end)
        labels[first:after] = len(SPECIAL) + phone
        gap = begin - before
        if before and gap > SHORTEST_GAP:
            labels[_frame(before + gap // 4) : _frame(begin - gap // 4)] = SPECIAL.index("|")
        before = end
    return labels


def _frame(sample: int) -> int:
    """The first frame whose middle isn't before the sample."""
    return max(0, -(-(sample - FRAMES.width // 2) // FRAMES.stride))


def _save_adapter(folder: Path, network: CtcNetwork, language: str) -> None:
    tensors = {name: tensor.detach() for name, tensor in network.adapter_tensors().items()}
    save_file(tensors, folder / f"adapter.{NAMES[language]}.safetensors")


def _save_json(folder: Path, name: str, content: object) -> None:
    (folder / name).write_text(json.dumps(content, ensure_ascii=False), "utf-8")
