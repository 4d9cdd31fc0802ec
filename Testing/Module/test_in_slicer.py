"""What is started in a real 3D Slicer: the self-test, and the suite without the test host."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from .conftest import MODULE

TESTING = Path(__file__).resolve().parents[1]
IN_SLICER = """
import sys
sys.path[:0] = [{host!r}, {slicer!r}]
from slicerhost.host import start
start().load_module({module!r})
import run
sys.exit(run.main(["-k", {chosen!r}]))
"""


def test_slicer_answers_whatever_the_suite_asks_of_its_host():
    asked = {
        node.attr
        for path in Path(__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "host"
    }
    real = ast.parse((TESTING / "Slicer" / "real_host.py").read_text(encoding="utf-8"))
    (slicer_itself,) = (node for node in real.body if isinstance(node, ast.ClassDef))
    answers = {node.name for node in slicer_itself.body if isinstance(node, ast.FunctionDef)}
    assert "load_scan" in asked
    assert asked - answers == set()


def test_the_self_test_passes(host, module_widget):
    import slicer

    assert module_widget.panel is not None
    slicer.selfTests["MotionQC"]()


def test_the_suite_runs_with_slicer_in_the_place_of_the_test_host():
    """Slicer's place is taken by the test host here, of which the suite knows nothing."""
    program = IN_SLICER.format(
        host=str(TESTING / "Host"),
        slicer=str(TESTING / "Slicer"),
        module=str(MODULE),
        chosen="presets_set or recipe_survives or copy_csv",
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "skipped" in done.stdout
