"""What commands leave behind in a checkout is not spelt by us, and fails no check."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
MISSPELT = "t" + "eh"


def test_what_git_ignores_is_not_spelt(tmp_path: Path) -> None:
    """`make demo`, then `make test`: the demo's pages must not fail the second."""
    ignored = (REPOSITORY / ".gitignore").read_text("utf-8").splitlines()
    names = [line.strip("/").replace("*", "x") for line in ignored if not line.startswith("#")]
    assert "demo-output" in names
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.html").write_text(MISSPELT)
    command = [sys.executable, "-m", "codespell_lib", "--toml", str(REPOSITORY / "pyproject.toml")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    (tmp_path / "ours.md").write_text(MISSPELT)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0, "the check itself works"
