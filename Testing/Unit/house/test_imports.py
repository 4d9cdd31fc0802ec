"""The direction of imports: who may import whom, and where a heavy library may appear.

The rules read the source, so that an import inside a function, behind `TYPE_CHECKING` or by a
literal name counts as well as one at the head of a file.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = Path(__file__).resolve().parents[3]
ROOTS = (REPOSITORY / "MotionQC", REPOSITORY / "training")
LIB = "MotionQCLib"
TRAINING = "MotionQCTraining"

# All that a package may import of ours, itself and the version in `MotionQCLib` apart. A module is
# judged by the longest name in this table that it falls under.
MAY_IMPORT = {
    f"{LIB}.errors": (),
    f"{LIB}.anatomy": (),
    f"{LIB}.atomic_file": (),
    f"{LIB}.checksum": (),
    f"{LIB}.file_lock": (),
    f"{LIB}.ray_cluster": (f"{LIB}.errors",),
    f"{LIB}.resampling": (),
    f"{LIB}.scan": (f"{LIB}.errors", f"{LIB}.anatomy", f"{LIB}.resampling"),
    f"{LIB}.scan_table": (f"{LIB}.errors", f"{LIB}.scan.signature"),
    f"{LIB}.motion": (
        f"{LIB}.errors",
        f"{LIB}.anatomy",
        f"{LIB}.resampling",
        f"{LIB}.scan.head",
    ),
    f"{LIB}.models": (f"{LIB}.errors", f"{LIB}.atomic_file"),
    f"{LIB}.site_fit": (
        f"{LIB}.errors",
        f"{LIB}.archive.items",
        f"{LIB}.models",
        f"{LIB}.scan_table",
    ),
    f"{LIB}.network": (),
    f"{LIB}.scoring": (
        f"{LIB}.errors",
        f"{LIB}.atomic_file",
        f"{LIB}.checksum",
        f"{LIB}.models",
        f"{LIB}.scan",
    ),
    f"{LIB}.archive": (
        f"{LIB}.errors",
        f"{LIB}.atomic_file",
        f"{LIB}.file_lock",
        f"{LIB}.models",
        f"{LIB}.ray_cluster",
        f"{LIB}.resampling",
        f"{LIB}.scan",
        f"{LIB}.scoring",
    ),
    f"{LIB}.scoring.runtimes.torch_runtime": (
        f"{LIB}.models",
        f"{LIB}.network",
        f"{LIB}.scoring",
    ),
    # The parent's side of a job asks for nothing but the standard library and numpy; what the child
    # does, it does with everything that scores and moves.
    f"{LIB}.jobs": (f"{LIB}.errors", f"{LIB}.file_lock"),
    f"{LIB}.jobs.tasks": (
        f"{LIB}.models",
        f"{LIB}.motion",
        f"{LIB}.scan",
        f"{LIB}.scoring",
        f"{LIB}.jobs",
    ),
    # A command of the shell, run in a child that ends with its parent.
    f"{LIB}.jobs.attended": (f"{LIB}.cli", f"{LIB}.file_lock", f"{LIB}.jobs"),
    # Slicer's own process: never torch, never what scores.
    f"{LIB}.gui": (
        f"{LIB}.anatomy",
        f"{LIB}.atomic_file",
        f"{LIB}.errors",
        f"{LIB}.jobs",
        f"{LIB}.models",
        f"{LIB}.motion",
        f"{LIB}.resampling",
        f"{LIB}.scan",
        f"{LIB}.scoring.plain_words",
        f"{LIB}.scoring.report_page",
        f"{LIB}.scoring.result",
    ),
    "MotionQC": (f"{LIB}.gui", f"{LIB}.motion"),
    f"{LIB}.cli": (
        f"{LIB}.archive",
        f"{LIB}.errors",
        f"{LIB}.atomic_file",
        f"{LIB}.models",
        f"{LIB}.motion",
        f"{LIB}.scan",
        f"{LIB}.scan_table",
        f"{LIB}.scoring",
        f"{LIB}.site_fit",
    ),
    TRAINING: (
        f"{LIB}.errors",
        f"{LIB}.atomic_file",
        f"{LIB}.checksum",
        f"{LIB}.models",
        f"{LIB}.motion",
        f"{LIB}.network",
        f"{LIB}.ray_cluster",
        f"{LIB}.resampling",
        f"{LIB}.scan",
        f"{LIB}.scan_table",
        # A model is judged by the route that scores scans, and calibrated by its formula.
        f"{LIB}.scoring",
    ),
}

# Libraries that may appear only in some places.
PYTORCH = {"torch", "lightning", "pytorch_lightning", "tensorboard", "torchmetrics", "torchio"}
PYTORCH_PLACES = (f"{LIB}.network", f"{LIB}.scoring.runtimes.torch_runtime", TRAINING)
# Modules that only 3D Slicer has, its own and the PyTorch extension's.
SLICER = {"slicer", "qt", "ctk", "vtk", "PyTorchUtils"}
SLICER_PLACES = ("MotionQC", f"{LIB}.gui")

# Places that may use only some libraries. Elsewhere it is what pyproject.toml declares: for scoring
# on a CPU its plain dependencies, and some extras that the code can do without.
STOCK_SLICER = {"numpy", "scipy", "SimpleITK"}
MAY_USE = {
    f"{LIB}.errors": set(),
    f"{LIB}.motion": STOCK_SLICER,
    f"{LIB}.resampling": STOCK_SLICER | {"numba"},
    f"{LIB}.scan.head": {"numpy", "scipy"},
    f"{LIB}.jobs.client": set(),
    f"{LIB}.jobs.child": set(),
    f"{LIB}.jobs.exchange": {"numpy"},
    f"{TRAINING}.synthesis.device": {"numpy", "torch"},
}
OPTIONAL = {"nilearn", "numba", "ray"}
DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit-learn", "yaml": "pyyaml"}


@pytest.fixture(scope="module")
def imports() -> list[Import]:
    found = [entry for root in ROOTS for entry in read_imports(root)]
    assert found, f"no import was found under {ROOTS}: the rules would judge nothing"
    return found


def test_every_package_imports_only_what_lies_below_it(imports: list[Import]) -> None:
    assert against_the_direction(imports) == []


def test_every_leave_of_the_table_is_taken(imports: list[Import]) -> None:
    taken = {(row_of(entry.importer), entry.target) for entry in imports}
    unused = [
        f"{row} may import {name}"
        for row, allowed in MAY_IMPORT.items()
        for name in allowed
        if not any(importer == row and within(target, name) for importer, target in taken)
    ]
    assert unused == []


def test_pytorch_stays_in_the_network_its_runtime_and_the_training(imports: list[Import]) -> None:
    assert out_of_place(imports, PYTORCH, PYTORCH_PLACES) == []


def test_slicer_stays_in_the_module_and_its_gui(imports: list[Import]) -> None:
    assert out_of_place(imports, SLICER, SLICER_PLACES) == []


@pytest.mark.parametrize("place", MAY_USE)
def test_a_place_uses_only_its_libraries(imports: list[Import], place: str) -> None:
    used = {entry.library for entry in imports if within(entry.importer, place)}
    assert used, f"{place} imports nothing at all: is it gone?"
    assert used - MAY_USE[place] - OURS - sys.stdlib_module_names == set()


def test_what_scoring_on_a_cpu_imports_is_a_plain_dependency(imports: list[Import]) -> None:
    elsewhere = (*PYTORCH_PLACES, *SLICER_PLACES)
    lean = [e for e in imports if within(e.importer, LIB) and not inside(e, elsewhere)]
    assert distributions(lean) - declared()[""] - OPTIONAL == set()


def test_every_library_is_declared(imports: list[Import]) -> None:
    inside_slicer = OURS | SLICER
    others = [entry for entry in imports if entry.library not in inside_slicer]
    assert distributions(others) - set().union(*declared().values()) == set()


def test_packages_form_no_cycle(imports: list[Import]) -> None:
    assert cycle(graph_of(imports, package_of)) == []


def test_modules_form_no_cycle_even_where_they_import_late(imports: list[Import]) -> None:
    """A package's own head is left out: it re-exports the modules that load it."""
    assert cycle(graph_of([entry for entry in imports if not entry.by_package], str)) == []


def test_a_cycle_is_seen(tmp_path: Path) -> None:
    there = {"motion/score.py": "from MotionQCLib.scan import head"}
    back = {"scan/head.py": "from MotionQCLib.motion import score"}
    write_modules(tmp_path, there | back)
    found = cycle(graph_of(list(read_imports(tmp_path)), package_of))
    assert set(found) == {f"{LIB}.motion", f"{LIB}.scan"}


HEAVY = {"torch", "openvino", "nibabel", "pydicom", "matplotlib", TRAINING}


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        (f"{LIB}.errors", HEAVY | {"numpy", "scipy", "SimpleITK"}),
        (f"{LIB}.scan.head", HEAVY | {"SimpleITK"}),
        (f"{LIB}.motion", HEAVY),
        (f"{LIB}.scan", HEAVY),
        (f"{LIB}.models", HEAVY),
        (f"{LIB}.scoring", HEAVY),
        (f"{LIB}.cli", HEAVY),
    ],
)
def test_importing_a_module_loads_nothing_heavy(module: str, unwanted: set[str]) -> None:
    loaded = run_python(f"import sys, {module}; print(*sys.modules)").split()
    assert module in loaded
    assert unwanted.isdisjoint(loaded)


@pytest.mark.parametrize("module", ["motion", "scan", "models", "scoring", "cli"])
def test_a_module_loads_where_pytorch_and_numba_are_absent(module: str) -> None:
    absent = "import sys; sys.modules['torch'] = sys.modules['numba'] = None"
    assert run_python(f"{absent}; import {LIB}.{module}; print('loaded')") == "loaded\n"


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("scan/read.py", "def read():\n    from MotionQCLib.motion import rigid"),
        ("scan/read.py", "from ..motion.rigid import pose_matrix"),
        ("motion/score.py", "from MotionQCLib.scan import conform"),
        ("motion/score.py", "if TYPE_CHECKING:\n    import MotionQCLib.scan.read"),
        ("scoring/scorer.py", "importlib.import_module('MotionQCLib.network.sfcn')"),
        ("cli/train.py", "import MotionQCTraining.pretrain"),
        ("unlisted/new.py", "from MotionQCLib import errors"),
    ],
)
def test_an_import_against_the_direction_is_seen(tmp_path: Path, path: str, source: str) -> None:
    write_modules(tmp_path, {path: source, "motion/rigid.py": "", "scan/conform.py": ""})
    assert len(against_the_direction(read_imports(tmp_path))) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("motion/score.py", "from MotionQCLib.scan import head"),
        ("motion/score.py", "from .rigid import pose_matrix"),
        ("scan/read.py", "from MotionQCLib import __version__"),
        ("cli/train.py", "importlib.import_module('MotionQCTraining.pretrain')"),
    ],
)
def test_an_import_along_the_direction_passes(tmp_path: Path, path: str, source: str) -> None:
    write_modules(tmp_path, {path: source, "motion/rigid.py": "", "scan/head.py": ""})
    entries = list(read_imports(tmp_path))
    assert len(entries) == 1
    assert against_the_direction(entries) == []


def test_a_library_in_a_wrong_place_is_seen(tmp_path: Path) -> None:
    write_modules(tmp_path, {"scoring/scorer.py": "def device():\n    import torch.cuda"})
    assert len(out_of_place(read_imports(tmp_path), PYTORCH, PYTORCH_PLACES)) == 1


OURS = {LIB, TRAINING, "MotionQC"}


@dataclass(frozen=True)
class Import:
    """One import of one module by another."""

    importer: str
    target: str
    where: str
    by_name: bool
    by_package: bool

    @property
    def library(self) -> str:
        return self.target.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.where}: {self.importer} imports {self.target}"


def against_the_direction(imports: Iterable[Import]) -> list[str]:
    return [str(entry) for entry in imports if entry.library in OURS and not along(entry)]


def along(entry: Import) -> bool:
    """Whether the table lets the importer have the target."""
    if entry.by_name and entry.library == TRAINING:
        return within(entry.importer, f"{LIB}.cli")
    row = row_of(entry.importer)
    if row is None:
        return False
    allowed = (row, *MAY_IMPORT[row])
    return entry.target == LIB or any(within(entry.target, name) for name in allowed)


def row_of(module: str) -> str | None:
    """The row of the table that a module falls under; None where there is none."""
    return max((row for row in MAY_IMPORT if within(module, row)), key=len, default=None)


def out_of_place(
    imports: Iterable[Import], libraries: set[str], places: tuple[str, ...]
) -> list[str]:
    return [
        str(entry) for entry in imports if entry.library in libraries and not inside(entry, places)
    ]


def inside(entry: Import, places: tuple[str, ...]) -> bool:
    return any(within(entry.importer, place) for place in places)


def distributions(imports: list[Import]) -> set[str]:
    """Name the packages of the registry that the imports need."""
    libraries = {entry.library for entry in imports} - OURS - sys.stdlib_module_names
    return {DISTRIBUTIONS.get(library, library).lower() for library in libraries}


def declared() -> dict[str, set[str]]:
    """Names that pyproject.toml requires, by extra; the plain dependencies under ''."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = {"": project["dependencies"], **project["optional-dependencies"]}
    return {
        extra: {Requirement(line).name.lower() for line in lines} for extra, lines in lists.items()
    }


def graph_of(imports: list[Import], unit: Callable[[str], str]) -> dict[str, set[str]]:
    """Who imports whom among our own, by the unit that a module belongs to."""
    graph: dict[str, set[str]] = {}
    for entry in imports:
        importer, target = unit(entry.importer), unit(entry.target)
        if entry.library in OURS and importer != target:
            graph.setdefault(importer, set()).add(target)
    return graph


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """Name the units of a cycle, each the next one's target; none where there is no cycle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def package_of(module: str) -> str:
    """`MotionQCLib.scan` of `MotionQCLib.scan.read`; the training is one package."""
    parts = module.split(".")
    return ".".join(parts[: 2 if parts[0] == LIB else 1])


def read_imports(root: Path) -> Iterator[Import]:
    files = {module_name(path, root): path for path in sorted(root.rglob("*.py"))}
    for importer, path in files.items():
        is_package = path.name == "__init__.py"
        package = importer if is_package else importer.rpartition(".")[0]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            for target in targets(node, package, set(files)):
                where = f"{path.relative_to(root)}:{getattr(node, 'lineno', 0)}"
                by_name = isinstance(node, ast.Call)
                yield Import(importer, target, where, by_name, is_package)


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def targets(node: ast.AST, package: str, modules: set[str]) -> list[str]:
    """Name the modules that one statement imports, as finely as the source tells."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = absolute(node, package)
        named = [f"{base}.{alias.name}" for alias in node.names]
        return sorted({name if is_module(name, modules) else base for name in named})
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
        ("import_module", "__import__")
    ):
        return [argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)]
    return []


def is_module(name: str, modules: set[str]) -> bool:
    """Whether a dotted name is a module; a row of the table is one before its file exists."""
    return name in modules or name in MAY_IMPORT or any(within(module, name) for module in modules)


def absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parents, *([node.module] if node.module else [])])


def write_modules(root: Path, sources: dict[str, str]) -> None:
    for name, source in sources.items():
        path = root / LIB / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")


def run_python(source: str) -> str:
    """Output of a fresh interpreter that finds our packages and nothing loaded by this one."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, ROOTS))}
    return subprocess.run(
        [sys.executable, "-c", source], env=environment, check=True, capture_output=True, text=True
    ).stdout
