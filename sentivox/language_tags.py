"""Languages as a request names them: BCP 47 tags, codes and English names.

A tag selects Whisper's language. Its script and region matter where a language has two scripts:
`zh-TW` is Chinese in Traditional characters, `sr-Latn` Serbian in Latin letters. Everything else of
a tag, such as the region of `pt-BR`, is accepted without effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import langcodes

from sentivox.errors import InvalidRequest
from sentivox.languages import LANGUAGES, Language
from sentivox.types import Script

CHINESE_SCRIPTS = (Script.HANS, Script.HANT, Script.HANT_HK)
SCRIPTS: dict[str, tuple[Script, ...]] = {
    "zh": CHINESE_SCRIPTS,
    "yue": CHINESE_SCRIPTS,
    "sr": (Script.LATN, Script.CYRL),
}
"""Language code -> the scripts that its text can be converted to."""

_HONG_KONG = frozenset({"HK", "MO"})
_CHINESE_REGIONS = {
    **dict.fromkeys(("CN", "SG", "MY"), Script.HANS),
    "TW": Script.HANT,
    **dict.fromkeys(_HONG_KONG, Script.HANT_HK),
}

_CODES = {
    "cmn": "zh",
    "fil": "tl",
    "in": "id",
    "iw": "he",
    "ji": "yi",
    "jv": "jw",
    "mo": "ro",
    "nb": "no",
}
"""Codes whose language has another one here. `langcodes` knows the rest, such as `deu`."""

_NAMES = {
    "bokmal": "nb",
    "bokmål": "nb",
    "brazilian portuguese": "pt-BR",
    "british english": "en-GB",
    "american english": "en-US",
    "burmese": "my",
    "castilian": "es",
    "chinese (simplified)": "zh-Hans",
    "chinese (traditional)": "zh-Hant",
    "simplified chinese": "zh-Hans",
    "traditional chinese": "zh-Hant",
    "mandarin": "zh",
    "mandarin chinese": "zh",
    "cantonese chinese": "yue",
    "farsi": "fa",
    "filipino": "fil",
    "flemish": "nl-BE",
    "haitian": "ht",
    "letzeburgesch": "lb",
    "moldavian": "ro-MD",
    "moldovan": "ro-MD",
    "norwegian bokmal": "nb",
    "norwegian bokmål": "nb",
    "norwegian nynorsk": "nn",
    "panjabi": "pa",
    "pushto": "ps",
    "sinhalese": "si",
    "valencian": "ca-valencia",
}
"""English names beside those of LANGUAGES -> tags; among them are Whisper's own aliases."""

_MAX_CHARACTERS = 40
"""Longer texts are refused; all names and usual tags are shorter."""

_TAG = re.compile(r"([a-z]{2,3})((?:-[a-z0-9]{2,8}|-[a-z0-9](?:-[a-z0-9]{1,8})+)*)")
_EXTENSION = re.compile(r"-[a-z0-9](-|$)")
"""Start of the extensions and the private part of a tag, which say nothing here."""


@dataclass(frozen=True, slots=True)
class LanguageTag:
    """A language, and the script that its text is wanted in."""

    language: Language
    script: Script | None = None
    """None where the tag names none, and for languages that aren't in SCRIPTS."""

    @property
    def code(self) -> str:
        """Whisper's code of the language."""
        return self.language.code

    def __str__(self) -> str:
        """The canonical tag, such as "zh-Hant-HK" for "zh_hk" and "pt" for "pt-BR"."""
        return f"{self.code}-{self.script}" if self.script else self.code


@lru_cache(maxsize=1024)
def parse_tag(text: str, param: str | None = "language") -> LanguageTag:
    """The language of a tag ("zh-TW"), a code ("de") or an English name ("German"), in any case.

    Raises InvalidRequest for any other text; `param` is the field that the error names.
    """
    if len(text) <= _MAX_CHARACTERS:
        wanted = text.strip().lower()
        name = wanted.replace("_", " ")
        tag = _tagged(wanted.replace("_", "-")) or _named(name) or _tagged(_NAMES.get(name, ""))
        if tag is not None:
            return tag
    raise InvalidRequest(
        f"'{text[:_MAX_CHARACTERS]}' isn't a language that can be transcribed. Send a code such as "
        "'en' or a tag such as 'pt-BR'; GET /v1/languages lists all codes.",
        param,
    )


def parse_language(text: str, param: str | None = "language") -> Language:
    """The language of a tag, a code or an English name. Raises InvalidRequest; see `parse_tag`."""
    return parse_tag(text, param).language


@dataclass(frozen=True, slots=True)
class RequestedLanguages:
    """The languages of one request, by Whisper's codes."""

    language: str | None
    """None to detect the language."""
    candidates: tuple[str, ...]
    """The languages to detect among; empty for all."""
    scripts: Mapping[str, Script]
    """Language code -> the script that its text is wanted in. Of two the first one counts."""

    @classmethod
    def parse(cls, language: str | None, languages: Iterable[str]) -> RequestedLanguages:
        """From the texts of `language` and of `languages`, which count without `language`.

        Raises InvalidRequest.
        """
        if language:
            tags = [parse_tag(language)]
            return cls(tags[0].code, (), _scripts(tags))
        tags = [parse_tag(each, "languages") for each in languages]
        return cls(None, tuple(dict.fromkeys(tag.code for tag in tags)), _scripts(tags))


def _scripts(tags: Sequence[LanguageTag]) -> dict[str, Script]:
    return {tag.code: tag.script for tag in reversed(tags) if tag.script}


def _tagged(tag: str) -> LanguageTag | None:
    if not (parts := _TAG.fullmatch(tag.lower())):
        return None
    code, rest = parts[1], _EXTENSION.split(parts[2])[0].split("-")[1:]
    if code == "zh" and rest and rest[0] in {"yue", "cmn"}:  # zh-yue, an extended language
        code = rest.pop(0)
    if code not in LANGUAGES and code not in _CODES and langcodes.tag_is_valid(code):
        # Only the code: langcodes caches every tag that it parses.
        code, *implied = langcodes.standardize_tag(code, macro=True).lower().split("-")
        rest = [*rest, *implied]
    language = LANGUAGES.get(_CODES.get(code, code))
    return LanguageTag(language, _script(language.code, rest)) if language else None


def _named(name: str) -> LanguageTag | None:
    found = next((each for each in LANGUAGES.values() if each.name == name), None)
    return LanguageTag(found) if found else None


def _script(code: str, subtags: Iterable[str]) -> Script | None:
    """The script that subtags name or, for Chinese, that their region uses."""
    titles = {each.title() for each in subtags}
    regions = {each.upper() for each in titles}
    named = next((each for each in SCRIPTS.get(code, ()) if each in titles), None)
    if named is Script.HANT and regions & _HONG_KONG:
        return Script.HANT_HK
    if named or Script.HANS not in SCRIPTS.get(code, ()):
        return named
    return next((each for region, each in _CHINESE_REGIONS.items() if region in regions), None)
