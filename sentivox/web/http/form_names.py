"""Names of form fields, as OpenAI's clients write them: `a[]` for lists, `a[b]` for objects."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from sentivox.errors import InvalidRequest

_OBJECT_NAMES = frozenset({"chunking_strategy", "lid"})
_FLATTENED = re.compile(rf"({'|'.join(sorted(_OBJECT_NAMES))})\[(\w+)\]")
_REPEATED_NAMES = frozenset({"languages", "keywords", "include", "timestamp_granularities"})


def nest(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b]=c` becomes {a: {b: c}}, repeated names lists."""
    nested: dict[str, Any] = {}
    for name, value in fields:
        if name.removesuffix("[]") in _REPEATED_NAMES:
            nested.setdefault(name, []).append(value)
        elif parts := _FLATTENED.fullmatch(name):
            _put(_group(nested, parts[1]), parts[2], value, name)
        else:
            _put(nested, name, value, name)
    return nested


def _group(nested: dict[str, Any], name: str) -> dict[str, Any]:
    group = nested.setdefault(name, {})
    if not isinstance(group, dict):
        raise InvalidRequest(f"The field '{name}' was sent twice, whole and in parts.", name)
    return group


def _put(group: dict[str, Any], key: str, value: str, name: str) -> None:
    if key in group:
        raise InvalidRequest(f"The field '{name[:60]}' was sent twice.", name[:60])
    group[key] = value


_COMPLAINTS = {
    "missing": "is missing",
    "model_type": "should be a JSON object",
    "int_parsing": "should be a whole number",
    "int_parsing_size": "should be a smaller number",
    "int_from_float": "should be a whole number",
    "string_pattern_mismatch": "should be one line without < and >",
}
"""For pydantic's errors whose own words mean nothing to a client."""


_TIPS = {
    "keywords[]": " Several terms may share one, between commas.",
    "languages[]": " Without any, all languages are considered.",
}


def refusal(error: ValidationError) -> InvalidRequest:
    """The first complaint as a sentence."""
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
    return InvalidRequest(f"'{name}' {_COMPLAINTS.get(first['type'], message)}.", name)


def _wire_name(location: tuple[int | str, ...]) -> str:
    """Pydantic puts a union's branches into the location too."""
    name, *rest = (str(part) for part in location if isinstance(part, str))
    plain = name[:60].removesuffix("[]")
    if plain in _REPEATED_NAMES:
        return f"{plain}[]"
    return plain + "".join(f"[{part[:60]}]" for part in rest if plain in _OBJECT_NAMES)
