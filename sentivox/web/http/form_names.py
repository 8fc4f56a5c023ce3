"""Names of form fields as OpenAI's clients send them: `a[]` for lists, `a[b]` for objects."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from sentivox.errors import InvalidRequest

_OBJECT_NAMES = frozenset({"chunking_strategy", "lid"})
_FLATTENED = re.compile(rf"({'|'.join(sorted(_OBJECT_NAMES))})\[(\w+)\]")
_LIST_NAMES = frozenset({"languages", "keywords", "include", "timestamp_granularities"})


def nest(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Fields by name: `a[b]=c` becomes {a: {b: c}}, and the values of a list's name a list.

    Raises InvalidRequest for a field that isn't a list and was sent twice.
    """
    nested: dict[str, Any] = {}
    for name, value in fields:
        if name.removesuffix("[]") in _LIST_NAMES:
            nested.setdefault(name, []).append(value)
        elif parts := _FLATTENED.fullmatch(name):
            _put(_object(nested, parts[1]), parts[2], value, name)
        else:
            _put(nested, name, value, name)
    return nested


def _object(nested: dict[str, Any], name: str) -> dict[str, Any]:
    found = nested.setdefault(name, {})
    if not isinstance(found, dict):
        raise InvalidRequest(f"The field '{name}' was sent twice, whole and in parts.", name)
    return found


def _put(target: dict[str, Any], key: str, value: str, name: str) -> None:
    if key in target:
        raise InvalidRequest(f"The field '{name[:60]}' was sent twice.", name[:60])
    target[key] = value


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
    if first["type"] == "extra_forbidden":
        return InvalidRequest(f"There is no field '{name}'. Remove it, or see /docs.", name)
    message = re.sub(r"^(Value error, |Input |String )", "", first["msg"])
    return InvalidRequest(f"'{name}' {_MESSAGES.get(first['type'], message)}.", name)


def _wire_name(location: tuple[int | str, ...]) -> str:
    """The field's name. Pydantic's location also has the branches of unions, which are dropped."""
    name, *rest = (str(part) for part in location if isinstance(part, str))
    plain = name[:60].removesuffix("[]")
    if plain in _LIST_NAMES:
        return f"{plain}[]"
    return plain + "".join(f"[{part[:60]}]" for part in rest if plain in _OBJECT_NAMES)
