"""The facts of the house: imports, sizes of folders, files and functions.

    python -m docs.structure

Prints each fact with its measure, then every place that breaks it. The exit status is 1 if there
is any. `tests/docs/test_structure.py` holds the same facts.
"""

from __future__ import annotations

import ast
import io
import statistics
import sys
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from docs.imports import Import, circles, edges, read_imports
from docs.tree import ROOT, python_modules, tracked

LAYERS: tuple[tuple[str, ...], ...] = (
    (
        "sentivox.types",
        "sentivox.errors",
        "sentivox.languages",
        "sentivox.language_tags",
        "sentivox.transcript",
    ),
    ("sentivox.settings",),
    ("sentivox.audio", "sentivox.weights"),
    ("sentivox.engines",),
    ("sentivox.scheduling",),
    ("sentivox.pipeline",),
    ("sentivox.streaming",),
    ("sentivox.web",),
    ("sentivox", "sentivox.library", "sentivox.local_service", "sentivox.pipeline_service"),
    ("deployments",),
)
"""From the bottom up: a module imports its own layer and the layers below it. `sentivox` itself is
the library call, `from sentivox import transcribe`."""

FORBIDDEN: Mapping[str, tuple[str, ...]] = {
    "sentivox": (
        "ray",
        "deployments",
        "sentivox_client",
        "preprocessing",
        "training",
        "benchmarks",
    ),
    "sentivox.streaming": ("sentivox.engines", "torch", "ctranslate2"),
    "sentivox.web": ("sentivox.engines", "sentivox.audio", "torch", "ctranslate2"),
    "sentivox_client": ("ray", "torch", "ctranslate2", "deployments"),
    "preprocessing": ("ray.serve", "deployments", "training", "benchmarks"),
    "training": ("ray.serve", "deployments", "benchmarks"),
}
"""Package -> packages that nothing inside it imports, not even inside a function."""

STAGES = ("audio_decoder", "language_id", "asr", "sentiment")
"""Files of `deployments/` that never import each other."""

HOUSE = ("sentivox", "deployments", "clients")
CORE = ("sentivox", "deployments")
SOURCE_SUFFIXES = (".py", ".js")

MAX_FILES_IN_FOLDER = 20
MAX_FUNCTION_LINES = 60
MEDIAN_FILE_LINES = range(60, 151)


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    measure: str
    problems: tuple[str, ...]
    """`file:line: what is wrong`, one place each."""


@dataclass(frozen=True, slots=True)
class House:
    """The source files of a repository and what they import."""

    root: Path
    files: tuple[PurePosixPath, ...]
    modules: Mapping[str, PurePosixPath]
    imports: Mapping[str, list[Import]]

    @classmethod
    def read(cls, root: Path) -> House:
        files = tuple(path for path in tracked(root) if path.suffix in SOURCE_SUFFIXES)
        modules = python_modules(files)
        return cls(root, files, modules, read_imports(root, modules))

    def text(self, path: PurePosixPath) -> str:
        return (self.root / path).read_text("utf-8")

    def inside(self, folders: Iterable[str], suffixes: Iterable[str]) -> list[PurePosixPath]:
        """Files below the folders, by suffix."""
        wanted, endings = set(folders), set(suffixes)
        return [path for path in self.files if path.parts[0] in wanted and path.suffix in endings]


def facts(root: Path) -> list[Fact]:
    """Every fact, measured in the repository at `root`."""
    house = House.read(root)
    return [check(house) for check in CHECKS]


def imports_go_down(house: House) -> Fact:
    problems, counted = [], 0
    for module, found in house.imports.items():
        if module.split(".")[0] not in CORE:
            continue
        own = layer_of(module)
        if own is None:
            problems.append(f"{house.modules[module]}:1: {module} belongs to no layer")
            continue
        for each in found:
            target = each.target(house.modules)
            other = layer_of(target) if target else None
            if target is None or other is None or each == Import(each.line, "sentivox"):
                continue  # `import sentivox` runs nothing of the library call
            counted += 1
            if other > own:
                problems.append(f"{house.modules[module]}:{each.line}: imports {target}, above it")
    return Fact("imports go down", f"{counted} imports between layers", tuple(problems))


def layer_of(module: str) -> int | None:
    """Height of a module's layer, 0 at the bottom; None where it belongs to none."""
    for height, names in enumerate(LAYERS):
        if module in names:
            return height
    for height, names in enumerate(LAYERS):
        if any(module.startswith(f"{name}.") for name in names if name != "sentivox"):
            return height
    return None


def no_import_circles(house: House) -> Fact:
    found = circles(edges(house.imports, house.modules))
    problems = [f"{house.modules[each[0]]}:1: {' -> '.join(each)}" for each in found]
    return Fact("no import circles", f"{len(house.modules)} modules", tuple(problems))


def folders_keep_to_their_imports(house: House) -> Fact:
    problems = []
    for package, forbidden in FORBIDDEN.items():
        for module, found in house.imports.items():
            if module != package and not module.startswith(f"{package}."):
                continue
            problems += [
                f"{house.modules[module]}:{each.line}: imports {each.module}, closed to {package}"
                for each in found
                if any(each.is_below(name) for name in forbidden)
            ]
    return Fact("packages keep to their imports", f"{len(FORBIDDEN)} packages", tuple(problems))


def stages_stand_alone(house: House) -> Fact:
    stages = [f"deployments.{stage}" for stage in STAGES]
    problems = [
        f"{house.modules[stage]}:{each.line}: imports {target}, another stage"
        for stage in stages
        for each in house.imports.get(stage, ())
        if (target := each.target(house.modules)) in stages
    ]
    return Fact("stages don't import stages", f"{len(stages)} stages", tuple(problems))


def deployments_import_ray(house: House) -> Fact:
    files = {
        module: path
        for module, path in house.modules.items()
        if path.parts[0] == "deployments" and path.name != "__init__.py"
    }
    problems = [
        f"{path}:1: imports no Ray, so it belongs into sentivox/"
        for module, path in files.items()
        if not any(
            each.is_below("ray") or each.is_below("deployments.ray_compat")
            for each in house.imports[module]
        )
    ]
    return Fact("files of deployments/ import Ray", f"{len(files)} files", tuple(problems))


def folders_are_small(house: House) -> Fact:
    files = house.inside([*HOUSE, "tests"], SOURCE_SUFFIXES)
    sizes = Counter(str(path.parent) for path in files)
    problems = [
        f"{folder}: {size} source files, more than {MAX_FILES_IN_FOLDER}"
        for folder, size in sorted(sizes.items())
        if size > MAX_FILES_IN_FOLDER
    ]
    most = f"{max(sizes.values(), default=0)} files in the largest of {len(sizes)} folders"
    return Fact("folders are small", most, tuple(problems))


def functions_are_short(house: House) -> Fact:
    problems, longest = [], 0
    for path in house.inside(HOUSE, [".py"]):
        for function in _functions(house.text(path)):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            longest = max(longest, lines)
            if lines > MAX_FUNCTION_LINES:
                problems.append(f"{path}:{function.lineno}: {function.name} has {lines} lines")
    return Fact("functions are short", f"{longest} lines in the longest", tuple(problems))


def _functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def files_have_a_median_length(house: House) -> Fact:
    """`__init__.py` files are left out: most of them hold one sentence."""
    files = [path for path in house.inside(HOUSE, SOURCE_SUFFIXES) if path.stem != "__init__"]
    lengths = [len(house.text(path).splitlines()) for path in files]
    median = round(statistics.median(lengths)) if lengths else 0
    problems = []
    if lengths and median not in MEDIAN_FILE_LINES:
        first, last = MEDIAN_FILE_LINES[0], MEDIAN_FILE_LINES[-1]
        problems.append(f"the median file has {median} lines; wanted are {first} to {last}")
    return Fact("the median file length", f"{median} lines, {len(files)} files", tuple(problems))


def lines_of_code(house: House) -> Fact:
    """Lines with code of sentivox/ and deployments/, without docstrings, comments and blanks."""
    files = house.inside(CORE, [".py"])
    total = sum(code_lines(house.text(path)) for path in files)
    return Fact("lines of code of sentivox/ and deployments/", f"{total} lines", ())


_NO_CODE = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
)


def code_lines(source: str) -> int:
    """Lines of a Python file that hold code rather than a docstring, a comment or nothing."""
    docstrings = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    code = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(code - docstrings)


CHECKS: tuple[Callable[[House], Fact], ...] = (
    imports_go_down,
    no_import_circles,
    folders_keep_to_their_imports,
    stages_stand_alone,
    deployments_import_ray,
    folders_are_small,
    functions_are_short,
    files_have_a_median_length,
    lines_of_code,
)


def main() -> int:
    found = facts(ROOT)
    for fact in found:
        state = f"{len(fact.problems)} problems" if fact.problems else "holds"
        print(f"{fact.name}: {fact.measure}; {state}")
    for fact in found:
        for problem in fact.problems:
            print(problem)
    return 1 if any(fact.problems for fact in found) else 0


if __name__ == "__main__":
    sys.exit(main())
