"""One value in the text of a Serve config, changed where it stands, so that comments stay.

PyYAML says where in the text each node begins and ends; writing the whole file anew would lose its
comments, anchors and layout.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from deployments.served_families import one_application


def with_routes(config: str, routes: Mapping[str, str]) -> str:
    """The config with those routes in the `user_config` of its ingress.

    Raises ValueError, with the line to write by hand, where they can't be put there and nothing
    else be changed.
    """
    # PyYAML puts quotes where they're needed: `no` alone isn't Norwegian, but false.
    written = yaml.safe_dump(_plain(routes), default_flow_style=True, width=math.inf).strip()
    line = f"routes: {written}"
    changed = _changed(config, line, needed=bool(routes))
    if changed is None or yaml.safe_load(changed) != _expected(config, routes):
        raise ValueError(f"The config couldn't be changed. Put this into the ingress's: {line}")
    return changed


def _plain(routes: Mapping[str, str]) -> dict[str, str]:
    return {code: str(family) for code, family in routes.items()}


def _changed(config: str, line: str, *, needed: bool) -> str | None:
    settings = _settings_of_ingress(config)
    if settings is None:
        return None
    for key, value in settings.value:
        if key.value == "routes":
            return config[: key.start_mark.index] + line + config[_end(config, value) :]
    if not needed:
        return config
    if settings.flow_style or not settings.value:
        inside = settings.start_mark.index + 1
        comma = ", " if settings.value else ""
        return f"{config[:inside]}{line}{comma}{config[inside:]}"
    first = settings.value[0][0].start_mark
    return f"{config[: first.index]}{line}\n{' ' * first.column}{config[first.index :]}"


def _end(config: str, value: Node) -> int:
    """Where the value's own text ends: a block's node ends where the next one begins."""
    if isinstance(value, MappingNode) and value.value and not value.flow_style:
        return int(value.value[-1][1].end_mark.index)
    return int(value.end_mark.index)


def _settings_of_ingress(config: str) -> MappingNode | None:
    applications = _at(yaml.compose(config, Loader=yaml.SafeLoader), "applications")
    if not isinstance(applications, SequenceNode):
        return None
    deployments = _at(applications.value[0], "deployments")
    for deployment in deployments.value if isinstance(deployments, SequenceNode) else []:
        name, settings = _at(deployment, "name"), _at(deployment, "user_config")
        if isinstance(name, ScalarNode) and name.value == "ingress":
            return settings if isinstance(settings, MappingNode) else None
    return None


def _at(node: Node | None, key: str) -> Node | None:
    pairs = node.value if isinstance(node, MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _expected(config: str, routes: Mapping[str, str]) -> object:
    parsed = yaml.safe_load(config)
    for deployment in one_application(parsed)["deployments"]:
        settings = deployment.get("user_config") or {}
        if deployment["name"] == "ingress" and (routes or "routes" in settings):
            # Not changed in place: an alias is the same object.
            deployment["user_config"] = settings | {"routes": _plain(routes)}
    return parsed
