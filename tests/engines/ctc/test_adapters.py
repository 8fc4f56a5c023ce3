"""Language adapters: their names and their tensors."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from sentivox.engines.ctc.adapters import adapter_file, adapters_in, names_by_language, read_adapter
from sentivox.errors import WeightsAltered

REPLACED = {
    "layers.0.adapter_layer.norm.weight": torch.zeros(4),
    "lm_head.weight": torch.zeros(7, 4),
}


@pytest.mark.parametrize(
    ("names", "code", "name"),
    [
        (["nld", "ell"], "nl", "nld"),
        (["cmn-script_simplified", "yue-script_traditional"], "zh", "cmn-script_simplified"),
        (["arb", "ara"], "ar", "ara"),
        (["srp-script_latin", "srp-script_cyrillic"], "sr", "srp-script_cyrillic"),
        (["azj-script_cyrillic", "azj-script_latin"], "az", "azj-script_latin"),
        (["nob"], "no", "nob"),
        (["jav"], "jw", "jav"),
        (["tgl"], "tl", "tgl"),
        (["ekk"], "et", "ekk"),
        (["swh"], "sw", "swh"),
    ],
)
def test_a_language_has_the_adapter_of_its_code_and_usual_script(
    names: list[str], code: str, name: str
) -> None:
    assert names_by_language(names)[code] == name


def test_languages_that_whisper_lacks_are_left_out() -> None:
    assert names_by_language(["kmr-script_latin", "arz", "zza"]) == {}


def test_adapters_are_found_by_their_files(tmp_path: Path) -> None:
    for name in ("nld", "srp-script_latin"):
        adapter_file(tmp_path, name).touch()
    (tmp_path / "adapter.deu.bin").touch()
    (tmp_path / "model.safetensors").touch()
    assert adapters_in(tmp_path) == ["nld", "srp-script_latin"]


def test_an_output_layer_may_have_any_length(tmp_path: Path) -> None:
    tensors = REPLACED | {"lm_head.weight": torch.ones(9, 4, dtype=torch.float16)}
    save_file(tensors, adapter_file(tmp_path, "nld"))
    found = read_adapter(tmp_path, "nld", REPLACED)
    assert found["lm_head.weight"].shape == (9, 4)
    assert found["lm_head.weight"].dtype == torch.float32


@pytest.mark.parametrize(
    "tensors",
    [
        {"lm_head.weight": torch.zeros(7, 4)},
        REPLACED | {"something.else": torch.zeros(1)},
        REPLACED | {"layers.0.adapter_layer.norm.weight": torch.zeros(5)},
        REPLACED | {"lm_head.weight": torch.zeros(7, 5)},
    ],
    ids=["missing", "unknown", "other width", "other output"],
)
def test_an_adapter_of_another_model_is_refused(
    tmp_path: Path, tensors: dict[str, torch.Tensor]
) -> None:
    save_file(tensors, adapter_file(tmp_path, "nld"))
    with pytest.raises(WeightsAltered, match="doesn't fit the model"):
        read_adapter(tmp_path, "nld", REPLACED)


def test_a_pickle_with_the_name_of_an_adapter_is_refused(tmp_path: Path) -> None:
    torch.save(REPLACED, adapter_file(tmp_path, "nld"))
    with pytest.raises(WeightsAltered, match="can't be read"):
        read_adapter(tmp_path, "nld", REPLACED)
