"""Take measured routes over into a Serve config: languages move, nothing restarts.

    python -m deployments.routes routes.yaml serve_config.yaml
    serve deploy serve_config.yaml

Only the ingress's `routes` change in the file; its comments stay. A row counts where the config
runs what was measured. Routes of languages that weren't measured stay as they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deployments.config_edit import with_routes
from deployments.served_families import ServedFamilies, served_families
from sentivox.languages import LanguageFamily
from sentivox.route_table import Route, RouteTable, read_routes


def moved(table: RouteTable, served: ServedFamilies) -> dict[str, LanguageFamily]:
    """What the ingress's `routes` should say by the table."""
    routes = dict(served.routes)
    for language, route in table.languages.items():
        if not runs(route, served):
            continue
        routes.pop(language, None)
        if route.family != served.own(language):
            routes[language] = route.family
    return {language: routes[language] for language in sorted(routes)}


def runs(route: Route, served: ServedFamilies) -> bool:
    """Whether the family is served by what was measured."""
    settings = served.recognizers.get(route.family)
    return settings is not None and (settings.model, settings.engine, settings.compute_type) == (
        route.model,
        route.engine,
        route.compute_type,
    )


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    try:
        table = read_routes(arguments.routes)
        text = arguments.config.read_text(encoding="utf-8")
        served = served_families(text)
        routes = moved(table, served)
        arguments.config.write_text(with_routes(text, routes), encoding="utf-8")
    except (OSError, ValueError) as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    sys.stdout.write(_told(routes, table, served))
    return 0


def _told(routes: Mapping[str, LanguageFamily], table: RouteTable, served: ServedFamilies) -> str:
    lines = [f"{language} is written by {family}." for language, family in routes.items()]
    others = [code for code, route in table.languages.items() if not runs(route, served)]
    if others:
        lines.append(f"Measured with other models than the config's: {', '.join(others)}.")
    return "\n".join(lines or ["Every language is written by its own family."]) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("routes", type=Path, help="the table, such as routes.yaml")
    parser.add_argument("config", type=Path, help="the Serve config to change")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
