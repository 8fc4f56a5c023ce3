from __future__ import annotations

from typing import Literal

import pytest
from pydantic import ValidationError

from sentivox.engines.protocols import SentimentText
from sentivox.engines.sentiment.classifier import SentimentClassifier
from sentivox.settings import SentimentSettings
from sentivox.types import SentimentLabel

GLAD: dict[str, str] = {
    "en": "I love it, this is the best day of my life.",
    "fr": "C'est magnifique, je suis tellement heureux, merci !",
    "de": "Das ist wunderbar, ich freue mich sehr.",
    "es": "Me encanta, es maravilloso.",
    "it": "Che bello, sono felicissimo!",
    "pt": "Adorei, foi maravilhoso, obrigado!",
    "ar": "أنا سعيد جدا، هذا رائع",
    "hi": "बहुत बढ़िया, मुझे यह बहुत पसंद है।",
}
SAD: dict[str, str] = {
    "en": "This is terrible, I hate it and I want my money back.",
    "fr": "C'est horrible, je déteste ça.",
    "de": "Das ist furchtbar, ich hasse es.",
    "es": "Es horrible, lo odio.",
    "it": "Che schifo, è orribile.",
    "pt": "Que horror, odiei isso.",
    "ar": "هذا سيء جدا، أنا أكره ذلك",
    "hi": "यह बहुत बुरा है, मुझे इससे नफरत है।",
}


@pytest.fixture(scope="module")
def classifier() -> SentimentClassifier:
    return SentimentClassifier(SentimentSettings(threads=1, max_batch_size=4))


@pytest.mark.parametrize(("texts", "label"), [(GLAD, "positive"), (SAD, "negative")])
def test_plain_feelings_are_understood_in_many_languages(
    classifier: SentimentClassifier, texts: dict[str, str], label: SentimentLabel
) -> None:
    items = [SentimentText(text, language) for language, text in texts.items()]
    answers = classifier.classify(items)
    assert {item.language: answer.label for item, answer in zip(items, answers, strict=True)} == (
        dict.fromkeys(texts, label)
    )
    unsupported = [
        item.language for item, each in zip(items, answers, strict=True) if not each.supported
    ]
    assert unsupported == ["hi"], "its score on umsab's romanised tweets is below the line"


def test_a_batch_answers_what_each_text_answers_alone() -> None:
    settings = SentimentSettings(threads=1, max_batch_size=4, compute_type="float32")
    classifier = SentimentClassifier(settings)
    texts = [*GLAD.values(), "The train leaves at nine.", "", *SAD.values(), "so " * 400]
    items = [SentimentText(text, "en") for text in texts]
    together = classifier.classify(items)
    alone = [classifier.classify([item])[0] for item in items]
    assert len(together) == len(items)
    for one, other in zip(together, alone, strict=True):
        assert one.negative == pytest.approx(other.negative, abs=1e-4)
        assert one.positive == pytest.approx(other.positive, abs=1e-4)


def test_probabilities_sum_to_one(classifier: SentimentClassifier) -> None:
    items = [SentimentText(text, "en") for text in [*GLAD.values(), "", "\u0000", "🙂", "a" * 9000]]
    for answer in classifier.classify(items):
        assert answer.negative + answer.neutral + answer.positive == pytest.approx(1)
        assert min(answer.negative, answer.neutral, answer.positive) >= 0


def test_a_text_without_words_is_neutral(classifier: SentimentClassifier) -> None:
    empty, blank = classifier.classify([SentimentText("", "en"), SentimentText(" \n", "nl")])
    assert empty.label == blank.label == "neutral"


def test_a_language_it_was_not_measured_on_is_classified_and_marked(
    classifier: SentimentClassifier,
) -> None:
    (answer,) = classifier.classify([SentimentText("Ik ben zo blij, geweldig!", "nl")])
    assert answer.label == "positive"
    assert not answer.supported


def test_nothing_to_classify_answers_nothing(classifier: SentimentClassifier) -> None:
    assert classifier.classify([]) == []


def test_words_that_may_be_others_say_less_of_how_it_feels(classifier: SentimentClassifier) -> None:
    written, unsure, guessed, worse = classifier.classify(
        [SentimentText(SAD["en"], "en", logprob) for logprob in (0.0, -0.5, -0.85, -3.0)]
    )
    assert written.negative > unsure.negative > guessed.negative == worse.negative > 1 / 3
    for found in (written, unsure, guessed):
        assert found.label == "negative"
        assert found.negative + found.neutral + found.positive == pytest.approx(1)


@pytest.mark.parametrize(("compute_type", "within"), [("bfloat16", 0.02), ("int8", 0.05)])
def test_less_precision_says_nearly_the_same(
    compute_type: Literal["bfloat16", "int8"], within: float
) -> None:
    items = [SentimentText(text, "en") for text in (*GLAD.values(), *SAD.values())]
    exact, rounded = (
        SentimentClassifier(SentimentSettings(threads=1, compute_type=each)).classify(items)
        for each in ("float32", compute_type)
    )
    for one, other in zip(exact, rounded, strict=True):
        assert one.label == other.label
        assert one.positive == pytest.approx(other.positive, abs=within)


def test_eight_bits_are_for_processors() -> None:
    with pytest.raises(ValidationError, match="leave compute_type out on a GPU"):
        SentimentSettings(compute_type="int8", device="cuda")
