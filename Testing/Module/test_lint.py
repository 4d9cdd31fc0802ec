"""What the test host cannot catch, because PySide allows it and PythonQt or Slicer does not.

The rules read the source of the module file and of `MotionQCLib/gui`.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "MotionQC"

# What a stock Slicer has: all that a file may import as it loads.
STOCK = {"slicer", "qt", "ctk", "vtk", "numpy", "scipy", "SimpleITK", "MotionQCLib"}
OTHER_BINDINGS = {"PySide2", "PySide6", "PyQt5", "PyQt6", "shiboken2", "shiboken6"}

Rule = Callable[[ast.Module], Iterator[ast.AST]]


def keywords_in_qt_calls(tree: ast.Module) -> Iterator[ast.AST]:
    """PythonQt passes arguments by position only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.keywords and rooted(node.func, {"qt", "ctk"}):
            yield node


def size_hint_calls(tree: ast.Module) -> Iterator[ast.AST]:
    """`sizeHint` is a property; PySide must keep it a method, because it is virtual."""
    yield from method_calls(tree, {"sizeHint", "minimumSizeHint"})


def exec_calls(tree: ast.Module) -> Iterator[ast.AST]:
    """Modal dialogs are started by `exec_()`, which every PythonQt has."""
    yield from method_calls(tree, {"exec"})


def scoped_enumerators(tree: ast.Module) -> Iterator[ast.AST]:
    """Flat enumerators, `qt.Qt.AlignCenter`, are right in every Slicer."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and rooted(node, {"qt", "ctk"}):
            _, *names = ast.unparse(node).split(".")
            if len(names) == 3 and all(name[:1].isupper() for name in names):
                yield node


def signals_by_index(tree: ast.Module) -> Iterator[ast.AST]:
    """`spin.valueChanged[int].connect` is PySide's; PythonQt has `"valueChanged(int)"`."""
    for node in ast.walk(tree):
        connects = isinstance(node, ast.Attribute) and node.attr in {
            "connect",
            "disconnect",
            "emit",
        }
        if connects and isinstance(node.value, ast.Subscript):
            index = node.value.slice
            if isinstance(index, ast.Name) and index.id in {"int", "bool", "str", "float"}:
                yield node


def instance_checks(tree: ast.Module) -> Iterator[ast.AST]:
    """`isinstance` is true for the exact class only: ask `widget.inherits("QWidget")`."""
    for node in ast.walk(tree):
        checks = isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "isinstance",
            "issubclass",
        }
        if checks and any(is_widget_class(child) for child in ast.walk(node.args[1])):
            yield node


def other_bindings(tree: ast.Module) -> Iterator[ast.AST]:
    """PySide's widgets do not fit into PythonQt's layouts."""
    for node, library in imports(tree):
        if library in OTHER_BINDINGS:
            yield node


def utilities_on_slicer(tree: ast.Module) -> Iterator[ast.AST]:
    """The wheel has `slicer.loadVolume` and the like; Slicer has `slicer.util.loadVolume`."""
    names = utility_names()
    for node in ast.walk(tree):
        of_slicer = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if of_slicer and node.value.id == "slicer" and node.attr in names:
            yield node


def imports_at_load(tree: ast.Module) -> Iterator[ast.AST]:
    """A file loads in a stock Slicer: torch, monai, PyTorchUtils and others wait for their use."""
    later = {child for node in ast.walk(tree) if is_function(node) for child in ast.walk(node)}
    for node, library in imports(tree):
        if node not in later and library not in STOCK | set(sys.stdlib_module_names):
            yield node


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        keywords_in_qt_calls,
        size_hint_calls,
        exec_calls,
        scoped_enumerators,
        signals_by_index,
        instance_checks,
        other_bindings,
        utilities_on_slicer,
        imports_at_load,
    )
}


@pytest.mark.parametrize("name", RULES)
def test_the_module_keeps_the_rule(name: str) -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 0)}: {ast.unparse(node)}"
        for path in sources()
        for node in RULES[name](ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == [], RULES[name].__doc__


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("keywords_in_qt_calls", "qt.QLabel('a', parent=widget)"),
        ("keywords_in_qt_calls", "qt.QTimer.singleShot(0, receiver=f)"),
        ("size_hint_calls", "width = label.sizeHint().width()"),
        ("exec_calls", "dialog.exec()"),
        ("scoped_enumerators", "label.alignment = qt.Qt.AlignmentFlag.AlignCenter"),
        ("signals_by_index", "spin.valueChanged[int].connect(f)"),
        ("instance_checks", "isinstance(widget, qt.QWidget)"),
        ("instance_checks", "isinstance(widget, (str, slicer.qMRMLWidget))"),
        ("other_bindings", "from PySide6 import QtCore"),
        ("utilities_on_slicer", "slicer.loadVolume(path)"),
        ("imports_at_load", "import torch"),
        ("imports_at_load", "try:\n    import PyTorchUtils\nexcept ImportError:\n    pass"),
        ("imports_at_load", "class A:\n    from monai import transforms"),
    ],
)
def test_what_breaks_a_rule_is_seen(name: str, source: str) -> None:
    assert len(list(RULES[name](ast.parse(source)))) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("keywords_in_qt_calls", "simulate(volume, kernel='linear')"),
        ("size_hint_calls", "width = label.sizeHint.width()"),
        ("exec_calls", "dialog.exec_()"),
        ("scoped_enumerators", "label.alignment = qt.Qt.AlignCenter"),
        ("scoped_enumerators", "qt.QApplication.clipboard().setText(text)"),
        ("signals_by_index", "buttons[index].clicked.connect(f)"),
        ("signals_by_index", "buttons[index].connect('clicked()', f)"),
        ("instance_checks", "isinstance(node, slicer.vtkMRMLVolumeNode)"),
        ("utilities_on_slicer", "slicer.util.loadVolume(path)"),
        ("imports_at_load", "def install():\n    import PyTorchUtils"),
        ("imports_at_load", "import numpy as np\nfrom pathlib import Path\nfrom . import views"),
    ],
)
def test_what_keeps_a_rule_passes(name: str, source: str) -> None:
    assert list(RULES[name](ast.parse(source))) == []


def sources() -> list[Path]:
    found = [MODULE / "MotionQC.py", *sorted((MODULE / "MotionQCLib" / "gui").rglob("*.py"))]
    assert len(found) > 1, f"nothing to read in {MODULE}: the rules would judge nothing"
    return found


def rooted(node: ast.AST, names: set[str]) -> bool:
    """Whether a dotted name begins with one of the names; calls in between end it."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in names


def method_calls(tree: ast.Module, names: set[str]) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if method and node.func.attr in names:
            yield node


def is_widget_class(node: ast.AST) -> bool:
    """`qt.QWidget`, `ctk.ctkSliderWidget`, `slicer.qMRMLWidget`; not a node's class."""
    if not isinstance(node, ast.Attribute):
        return False
    return rooted(node, {"qt", "ctk"}) or (rooted(node, {"slicer"}) and node.attr.startswith("q"))


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def imports(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Every import with the library that it names; relative ones have none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node, (node.module or "").partition(".")[0]


def utility_names() -> set[str]:
    """The names of `slicer.util`, read without importing it."""
    package = importlib.util.find_spec("slicer_core")
    if package is None or package.origin is None:
        pytest.skip("slicer-core is not installed: pip install '.[host]'")
    path = Path(package.origin).parents[1] / "slicer" / "util.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.ClassDef)
    return {node.name for node in tree.body if isinstance(node, functions)} - {"quit", "exit"}
