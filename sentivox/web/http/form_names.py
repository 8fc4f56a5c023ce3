"""Names of form fields as OpenAI's clients send them: `a[]` for lists, `a[b]` for objects."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from typing import Any

from pydantic import ValidationError

from sentivox.errors import InvalidRequest

MAX_FIELD_CHARACTERS = 64 * 1024
"""Longest value of a field that isn't ignored."""

OBJECT_NAMES = frozenset({"chunking_strategy", "lid"})
_FLATTENED = re.compile(rf"({'|'.join(sorted(OBJECT_NAMES))})\[(\w+)\]")
IGNORED_LISTS = frozenset({"known_speaker_names", "known_speaker_references"})
"""Lists of OpenAI's API without effect here."""
_LIST_NAMES = IGNORED_LISTS | {"languages", "keywords", "include", "timestamp_granularities"}
_LISTED = re.compile(rf"({'|'.join(sorted(_LIST_NAMES))})(\[[0-9]{{0,3}}\])?")
"""A list's name as clients send it: `a[]`, `a`, and `a[0]`, `a[1]` and so on."""


def nest(fields: Iterable[tuple[str, str]], known: Container[str]) -> dict[str, Any]:
    """Fields by name: `a[b]=c` becomes {a: {b: c}}, and the values of a list become `a[]`.

    Fields without a value are left out. Raises InvalidRequest for a field among `known` that isn't
    a list and was sent with two values, or is longer than MAX_FIELD_CHARACTERS.
    """
    nested: dict[str, Any] = {}
    for name, value in fields:
        if not value.strip():
            continue
        if parts := _LISTED.fullmatch(name):
            if parts[1] not in IGNORED_LISTS:
                _check_length(value, name)
            nested.setdefault(f"{parts[1]}[]", []).append(value)
        elif parts := _FLATTENED.fullmatch(name):
            _put(_object(nested, parts[1]), parts[2], value, name)
        elif name in known:
            _put(nested, name, value, name)
        else:
            nested[name] = value
    return nested


def _object(nested: dict[str, Any], name: str) -> dict[str, Any]:
    found = nested.setdefault(name, {})
    if not isinstance(found, dict):
        raise InvalidRequest(f"The field '{name}' was sent twice, whole and in parts.", name)
    return found


def _put(target: dict[str, Any], key: str, value: str, name: str) -> None:
    _check_length(value, name)
    if target.setdefault(key, value) != value:
        raise InvalidRequest(f"The field '{name[:60]}' was sent twice.", name[:60])


def _check_length(value: str, name: str) -> None:
    if len(value) > MAX_FIELD_CHARACTERS:
        raise InvalidRequest(
            f"The field '{name[:60]}' is longer than {MAX_FIELD_CHARACTERS // 1024} KiB.", name[:60]
        )


_MESSAGES = {
    "missing": "is missing",
    "model_type": "should be a JSON object",
    "int_parsing": "should be a whole number",
    "int_parsing_size": "should be a smaller number",
    "int_from_float": "should be a whole number",
    "string_pattern_mismatch": "should be one line without < and >",
}
"""Messages by pydantic's error type, where its own message doesn't help a client."""


_TIPS = {
    "keywords[]": " Several terms may share one, between commas.",
    "languages[]": " Without any, all languages are considered.",
}


def to_invalid_request(error: ValidationError) -> InvalidRequest:
    """The first error as a sentence; `param` is the field's name as OpenAI's clients send it."""
    first = error.errors(include_url=False)[0]
    name = _wire_name(first["loc"])
    if first["type"] == "sentence":
        return InvalidRequest(first["msg"], name)
    if first["type"] == "too_long":
        most = first["ctx"]["max_length"]
        return InvalidRequest(f"Send no more than {most} of '{name}'.{_TIPS.get(name, '')}", name)
    message = re.sub(r"^(Value error, |Input |String )", "", first["msg"])
    return InvalidRequest(f"'{name}' {_MESSAGES.get(first['type'], message)}.", name)


def _wire_name(location: tuple[int | str, ...]) -> str:
    """The field's name. Pydantic's location also has the branches of unions, which are dropped."""
    name, *rest = (str(part) for part in location if isinstance(part, str))
    plain = name[:60].removesuffix("[]")
    if plain in _LIST_NAMES:
        return f"{plain}[]"
    return plain + "".join(f"[{part[:60]}]" for part in rest if plain in OBJECT_NAMES)
