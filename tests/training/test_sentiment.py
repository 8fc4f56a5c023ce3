"""The sentiment recipe on a few made-up sentences in the data sets' layouts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from sentivox.engines.protocols import SentimentText
from sentivox.engines.sentiment.classifier import SentimentClassifier
from sentivox.engines.sentiment.text_encoder import PREFIX, load_tokenizer
from sentivox.settings import SentimentSettings
from sentivox.weights.resolve import check, resolve
from training.model_card import write_card
from training.scores import best_temperature, calibration_error, macro_f1, polar_accuracy
from training.sentiment import evaluate, train
from training.sentiment.bert import load_bert
from training.sentiment.card import readme
from training.sentiment.data import AFRISENTI, LABELS, TYQIANGZ, UMSAB, Example, read_all
from training.sentiment.translations import translated
from training.sentiment.upper_layers import UpperClassifier, lower_states

SENTENCES = {
    "negative": ["This is awful", "I hate it", "What a terrible day", "How sad"],
    "neutral": ["The train leaves at nine", "It is on the table", "He is from Rome", "Page two"],
    "positive": ["This is wonderful", "I love it", "What a great day", "How lovely"],
}
ROWS = [(text, label) for label, texts in SENTENCES.items() for text in texts]

CARD = {
    "labels": LABELS,
    "languages": ["en"],
    "validation": [],
    "training": {
        "date": "2026-11-22",
        "machine": "any",
        "minutes": 1,
        "settings": {},
        "texts": {},
        "temperature": 2.0,
        "calibration_error_before": 0.2,
        "calibration_error_after": 0.1,
    },
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name in UMSAB:
        home = folder / "umsab" / name
        home.mkdir(parents=True)
        for split in ("train", "val", "test"):
            texts, labels = zip(*ROWS, strict=True)
            (home / f"{split}_text.txt").write_text("\n".join(texts) + "\n")
            codes = (str(LABELS.index(label)) for label in labels)
            (home / f"{split}_labels.txt").write_text("\n".join(codes) + "\n")
    for name in TYQIANGZ:
        home = folder / "tyqiangz" / name
        home.mkdir(parents=True)
        lines = [f'"{text}, again",{label},made up' for text, label in ROWS]
        for part in ("valid", "test"):
            (home / f"{part}.csv").write_text("text,label,source\n" + "\n".join(lines) + "\n")
    for name in AFRISENTI:
        home = folder / "afrisenti" / name
        home.mkdir(parents=True)
        for part in ("train", "dev"):
            lines = [f"{text}!\t{label}" for text, label in ROWS]
            (home / f"{part}.tsv").write_text("tweet\tlabel\n" + "\n".join(lines) + "\n")
    films = folder / "xed"
    films.mkdir()
    polar = [f"{text} {n}\t{'5, 8' if n % 2 else '1, 4'}" for n, (text, _) in enumerate(ROWS * 2)]
    mixed = ["Both\t1, 5", "Neither\t2", "a.xml\tb.xml\t1\t2\tA\tB"]
    (films / "cs-projections.tsv").write_text("\n".join(mixed + polar) + "\n")
    for code in ("en", "fi"):
        (films / f"{code}-annotated.tsv").write_text("\n".join(polar) + "\n")
        (films / f"neu_{code}.txt").write_text("9\tIt is here\n9\tPage three\n")
    return folder


@pytest.mark.training
def test_training_on_a_few_sentences_learns_and_measures_them(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = tmp_path / "head"
    arguments = ["--data", str(data), "--out", str(head), "--cache", str(tmp_path / "states")]
    fast = ["--per-class", "2", "--lower-layers", "10", "--epochs", "1", "--threads", "1"]
    train.main(arguments + fast)
    trained = SentimentClassifier(SentimentSettings(head=str(head), threads=1))
    items = [SentimentText(text, "en") for text, _ in ROWS]
    results = trained.classify(items)
    correct = [result.label == label for result, (_, label) in zip(results, ROWS, strict=True)]
    assert sum(correct) >= 10

    evaluate.main(["--data", str(data), "--head", str(head), "--write", str(head)])
    scores = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert scores["mean_macro_f1"] > 0.8
    assert set(scores["macro_f1"]) == set(UMSAB.values())
    others = [(each["set"], each["language"]) for each in scores["others"]]
    assert others == [("tyqiangz", "zh"), ("tyqiangz", "ja"), ("xed", "en"), ("xed", "fi")]
    assert "umsab test sets" in (head / "README.md").read_text()
    assert check(str(head)).state == "verified"


@pytest.mark.training
def test_the_service_has_the_probabilities_of_training(tmp_path: Path) -> None:
    torch.manual_seed(1)
    encoder = resolve("embedded:multilingual-e5-small")
    tokenizer, bert = load_tokenizer(encoder), load_bert(encoder)
    examples = [Example(text, 0, "en", "made up") for text, _ in ROWS]
    ids = [tokenizer.encode(PREFIX + example.text).ids for example in examples]
    model = UpperClassifier(bert, 10)
    part = train.Part(examples, lower_states(bert, ids, 10))
    for parameter in model.add_adapters(rank=2):
        torch.nn.init.normal_(parameter, std=0.05)
    trained = (train.predict(model, part) / 2).softmax(1)

    train.save_head(model, 2.0, tmp_path)
    write_card(tmp_path, CARD, readme(CARD))
    served = SentimentClassifier(SentimentSettings(head=str(tmp_path), threads=1))
    results = served.classify([SentimentText(example.text, "en") for example in examples])
    reloaded = torch.tensor([[each.negative, each.neutral, each.positive] for each in results])
    assert torch.allclose(reloaded, trained, atol=2e-3)


def test_lines_without_one_polarity_are_dropped(data: Path) -> None:
    texts = {example.text for example in read_all(data, 100, seed=1).train}
    assert not texts & {"Both", "Neither", "a.xml"}


def test_held_out_projected_lines_are_not_in_training(data: Path) -> None:
    split = read_all(data, 100, seed=1)
    train = {each.text for each in split.train if each.language == "cs"}
    held_out = {each.text for each in split.validation if each.language == "cs"}
    assert train
    assert held_out
    assert not train & held_out


def test_projected_lines_have_no_loss_for_neutral(data: Path) -> None:
    czech = [each for each in read_all(data, 100, seed=1).train if each.language == "cs"]
    assert all(each.polar for each in czech)
    logits = torch.tensor([[0.0, 50.0, 0.0]])
    polar = train.loss_of(logits, torch.tensor([2]), torch.tensor([True]))
    assert polar.item() == pytest.approx(0.693, abs=1e-3)


def test_a_translation_is_found_by_its_sentence_vector() -> None:
    train, held_out = torch.eye(4), torch.tensor([[0.9, 0.1, 0.0, 0.0]])
    assert translated(train, held_out) == [0]


def test_scores_equal_manual_results() -> None:
    probabilities = torch.tensor([[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.7, 0.1, 0.2]])
    labels = torch.tensor([0, 1, 2])
    assert macro_f1(probabilities, labels) == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert polar_accuracy(probabilities[[0, 2]], labels[[0, 2]]) == 0.5
    sure = torch.tensor([[1.0, 0.0, 0.0]] * 4)
    assert calibration_error(sure, torch.tensor([0, 0, 1, 2])) == pytest.approx(0.5)


def test_overconfident_logits_get_a_temperature_above_one() -> None:
    logits = torch.tensor([[4.0, 0.0, 0.0]] * 10)
    labels = torch.tensor([0] * 6 + [1] * 2 + [2] * 2)
    temperature = best_temperature(logits, labels)
    assert torch.softmax(logits[0] / temperature, 0)[0].item() == pytest.approx(0.6, abs=0.01)
