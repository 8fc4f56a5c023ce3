"""A picture of the stages of one request: the server above, its engine in process below."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

WIDTH, LEFT, TOP, ROW, BAR = 960, 110, 64, 76, 40
COLORS = {
    "audio_decoder": ("#94a3a8", "#6b7a80"),
    "language_id": ("#0f766e", "#2f9e94"),
    "asr": ("#1d4e89", "#5b8fd0"),
    "sentiment": ("#b45309", "#e0913f"),
    "rest": ("#8a5a83", "#b98ab2"),
}
"""Colours on a light page and on a dark one."""
NAMES = {
    "audio_decoder": "decode, find speech",
    "language_id": "encode, detect language",
    "asr": "decode the text",
    "sentiment": "sentiment",
    "rest": "HTTP, ingress, between",
}
LETTER = 7.2
"""Width of a letter at the size of a note."""


def drawn(server: Mapping[str, float], engine: Mapping[str, float]) -> str:
    """An SVG of milliseconds by stage, for both."""
    longest = max(sum(server.values()), sum(engine.values()))
    scale = (WIDTH - LEFT - 90) / longest
    rows = [("server", server), ("engine", engine)]
    parts = [
        part for row, (name, stages) in enumerate(rows) for part in _bar(row, name, stages, scale)
    ]
    height = TOP + ROW * len(rows)
    light = "".join(f".{name}{{fill:{color}}}" for name, (color, _) in COLORS.items())
    dark = "".join(f".{name}{{fill:{color}}}" for name, (_, color) in COLORS.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="ui-sans-serif, system-ui, sans-serif" role="img" '
        'aria-label="Milliseconds of one request by stage, in the server and in its '
        'engine alone">\n<style>.page{fill:#fbfaf7}.name{font-size:15px;font-weight:600;'
        "fill:#1f2a30}.note{font-size:12.5px;fill:#46525a}.in{font-size:12.5px;fill:#fff}"
        f"{light}@media (prefers-color-scheme:dark){{.page{{fill:#14191c}}.name{{fill:#eef2f3}}"
        f".note{{fill:#a5b0b5}}{dark}}}</style>\n"
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="10"/>\n'
        + "\n".join([*_legend(), *parts])
        + "\n</svg>\n"
    )


def _legend() -> list[str]:
    parts, x = [], 24.0
    for stage, name in NAMES.items():
        parts.append(
            f'<rect class="{stage}" x="{x:.0f}" y="22" width="12" height="12" rx="2"/>'
            f'<text class="note" x="{x + 18:.0f}" y="32">{escape(name)}</text>'
        )
        x += 18 + LETTER * len(name) + 20
    return parts


def _bar(row: int, name: str, stages: Mapping[str, float], scale: float) -> list[str]:
    y = TOP + row * ROW
    parts = [f'<text class="name" x="24" y="{y + BAR / 2 + 5:.0f}">{name}</text>']
    x = float(LEFT)
    for stage in NAMES:
        wide = stages.get(stage, 0.0) * scale
        number = f"{stages.get(stage, 0.0):.0f}"
        parts.append(
            f'<rect class="{stage}" x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{BAR}"/>'
        )
        if wide > LETTER * (len(number) + 1):
            parts.append(
                f'<text class="in" x="{x + wide / 2:.1f}" y="{y + BAR / 2 + 4:.0f}" '
                f'text-anchor="middle">{number}</text>'
            )
        x += wide
    parts.append(
        f'<text class="note" x="{x + 10:.1f}" y="{y + BAR / 2 + 4:.0f}">'
        f"{sum(stages.values()):.0f} ms</text>"
    )
    return parts
