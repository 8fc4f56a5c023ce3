"""Imports between modules, read from the source without running it, and the circles among them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

Edges = Mapping[str, frozenset[str]]
"""Module -> modules of the repository that it imports."""


@dataclass(frozen=True, slots=True)
class Import:
    line: int
    module: str
    """As written, with relative names resolved: `torch.nn` or `sentivox.audio`."""
    name: str | None = None
    """What `from module import name` takes from it."""

    def target(self, modules: Mapping[str, PurePosixPath]) -> str | None:
        """The module of the repository that is imported; None for packages from elsewhere."""
        if self.name and f"{self.module}.{self.name}" in modules:
            return f"{self.module}.{self.name}"
        parts = self.module.split(".")
        prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((prefix for prefix in prefixes if prefix in modules), None)

    def is_below(self, package: str) -> bool:
        """Whether `package`, or something inside it, is imported."""
        whole = f"{self.module}.{self.name}" if self.name else self.module
        return f"{whole}.".startswith(f"{package}.")


def imports_of(source: str, module: str, *, is_package: bool) -> list[Import]:
    """Every import in a file: at the top, inside functions and for type checking alone."""
    return [
        found
        for node in ast.walk(ast.parse(source))
        for found in _imports_of_node(node, module, is_package)
    ]


def read_imports(root: Path, modules: Mapping[str, PurePosixPath]) -> dict[str, list[Import]]:
    """Module -> its imports."""
    return {
        module: imports_of(
            (root / path).read_text("utf-8"), module, is_package=path.name == "__init__.py"
        )
        for module, path in modules.items()
    }


def edges(
    imports: Mapping[str, list[Import]], modules: Mapping[str, PurePosixPath]
) -> dict[str, frozenset[str]]:
    """Module -> modules of the repository that it imports."""
    return {
        module: frozenset(
            target for each in found if (target := each.target(modules)) and target != module
        )
        for module, found in imports.items()
    }


def circles(graph: Edges) -> list[list[str]]:
    """One shortest circle of each group of modules that import each other, first module repeated
    at the end: `[a, b, a]`.
    """
    return [_shortest(graph, group) for group in _groups(graph) if len(group) > 1]


def _imports_of_node(node: ast.AST, module: str, is_package: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(node.lineno, alias.name)
    elif isinstance(node, ast.ImportFrom):
        source = _absolute(node, module, is_package)
        for alias in node.names:
            yield Import(node.lineno, source, alias.name)


def _absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    above = parts[: len(parts) - node.level + is_package]
    return ".".join([*above, *([node.module] if node.module else [])])


def _groups(graph: Edges) -> list[list[str]]:
    """Strongly connected components, by Tarjan's algorithm."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        stack.append(module)
        for other in sorted(graph[module]):
            if other not in number:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], number[other])
        if lowest[module] == number[module]:
            at = stack.index(module)
            found.append(sorted(stack[at:]))
            del stack[at:]

    for module in sorted(graph):
        if module not in number:
            visit(module)
    return found


def _shortest(graph: Edges, group: list[str]) -> list[str]:
    """The shortest circle through the group's first module, breadth first."""
    first, inside = group[0], set(group)
    paths = [[first]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for other in sorted(graph[path[-1]] & inside):
            if other == first:
                return [*path, first]
            if other not in seen:
                seen.add(other)
                paths.append([*path, other])
    return [*group, first]
