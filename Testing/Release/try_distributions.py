"""Wheel and sdist as a stranger gets them: built, installed into empty environments, and run.

Run as `make release-check`, or `python Testing/Release/try_distributions.py [PYTHON ...]` with any
Python: it needs git, a package index and its own standard library. Without a name it takes every
Python of the classifiers that is found here, and says which are not; a Python that is named must be
there. Both files are left in `build/release`.

In each environment, which is made in a temporary folder, has its own home and is not given this
checkout, the installed `motionqc` tells its version and its model, scores a head, moves it and runs
the demonstration, all without PyTorch. The head must have one score everywhere.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
OUTPUT = REPOSITORY / "build" / "release"
LARGEST_DIFFERENCE_MM = 0.02
"""Between the scores of one head with the libraries of different Python versions."""

_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")
_PRINT_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
_SAVE_TEMPLATE = (
    "import sys; from nilearn.datasets import load_mni152_template as load; "
    "load(resolution=1).to_filename(sys.argv[1])"
)
_WITHOUT_PYTORCH = (
    "import importlib.util as util, sys; "
    "sys.exit('PyTorch came with it' if util.find_spec('torch') else 0)"
)


class StepError(Exception):
    """A step that did not do what it should; its text says which, and what was said."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that environments are made with."""

    command: str
    version: str


def main(argv: Sequence[str] | None = None) -> int:
    """Build, try everywhere, print a line each; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("python", nargs="*", help="interpreters instead of those that are found")
    arguments = parser.parse_args(argv)
    try:
        interpreters = [named(each) for each in arguments.python] or list(found())
        if not interpreters:
            raise StepError(f"none of Python {', '.join(supported())} is on the path; name one")
        with tempfile.TemporaryDirectory(prefix="motionqc-release-") as folder:
            scores = list(try_all(interpreters, Path(folder)))
        if max(scores) - min(scores) > LARGEST_DIFFERENCE_MM:
            raise StepError(f"one head has scores from {min(scores):.3f} to {max(scores):.3f} mm")
    except StepError as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    absent = sorted(set(supported()) - {each.version for each in interpreters})
    print(f"all passed; not tried, for they are not here: {', '.join(absent) or 'none'}")
    return 0


def try_all(interpreters: Sequence[Interpreter], folder: Path) -> Iterator[float]:
    """Try both files in every Python; give the scores."""
    head = folder / "head_T1w.nii.gz"
    for distribution in build(folder, head):
        kind = "wheel" if distribution.suffix == ".whl" else "sdist"
        for interpreter in interpreters:
            workplace = folder / f"{kind}-{interpreter.version}"
            workplace.mkdir()
            score = try_out(distribution, interpreter, head, workplace)
            shutil.rmtree(workplace)
            print(f"{kind} in Python {interpreter.version}: head scored {score:.3f} mm", flush=True)
            yield score


def build(folder: Path, head: Path) -> list[Path]:
    """Build the sdist, and the wheel out of it, into `build/release`; write the head to score."""
    tools = make_environment(folder / "tools", sys.executable)
    run([tools, "-m", "pip", "install", "--quiet", "build", "nilearn"], folder)
    run([tools, "-c", _SAVE_TEMPLATE, head], folder)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    run([tools, "-m", "build", "--outdir", OUTPUT, copy_sources(folder / "source")], folder)
    built = sorted(OUTPUT.iterdir())
    print(*(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB" for path in built), sep="\n")
    if [path.name.rpartition(".")[2] for path in built] != ["whl", "gz"]:
        raise StepError(f"a wheel and an sdist were to be built, and there are: {built}")
    return built


def try_out(distribution: Path, interpreter: Interpreter, head: Path, workplace: Path) -> float:
    """Install a file into an empty environment, run what users run first, and give the score."""
    python = make_environment(workplace / "environment", interpreter.command)
    run([python, "-m", "pip", "install", "--quiet", distribution], workplace)
    run([python, "-m", "pip", "check"], workplace)
    run([python, "-c", _WITHOUT_PYTORCH], workplace)
    shell = python.with_name("motionqc").with_suffix(python.suffix)
    if run([shell, "--version"], workplace).split() != ["motionqc", version()]:
        raise StepError(f"{distribution.name} does not say that it is version {version()}")
    run([shell, "--help"], workplace)
    run([shell, "models"], workplace)
    result = json.loads(run([shell, "score", head, "--json"], workplace))
    run([shell, "simulate", head, "-o", "moved.nii.gz", "--seed", "1"], workplace)
    run([python, "-m", "MotionQCLib.cli.demo", head, "--output", "demo"], workplace)
    if not (workplace / "demo" / "motionqc.html").is_file():
        raise StepError(f"{distribution.name}: the demonstration wrote no page")
    return float(result["motion_score_mm"])


def copy_sources(folder: Path) -> Path:
    """Copy what is under version control, as it is on disk, and nothing else."""
    listing = run(["git", "-C", REPOSITORY, "ls-files", "--cached", "-z"], REPOSITORY)
    for name in filter(None, listing.split("\0")):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, folder / name)
    return folder


def make_environment(folder: Path, command: str) -> Path:
    """Make an empty environment and return its Python."""
    run([command, "-m", "venv", folder], folder.parent)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(command: Sequence[str | Path], folder: Path) -> str:
    """Run in a folder, as somebody who has neither this checkout nor a setting; give the output."""
    words = [str(word) for word in command]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "MOTIONQC", "VIRTUAL_ENV"))
    }
    if "pip" not in words and "build" not in words:
        environment |= {name: str(folder) for name in ("HOME", "USERPROFILE", "XDG_DATA_HOME")}
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode != 0:
        said = "\n".join([*done.stdout.splitlines()[-10:], *done.stderr.splitlines()[-20:]])
        raise StepError(f"{' '.join(words)} ended with {done.returncode}:\n{said}")
    return done.stdout


def supported() -> list[str]:
    """Versions of Python that the classifiers of the project name."""
    return _CLASSIFIER.findall((REPOSITORY / "pyproject.toml").read_text("utf-8"))


def version() -> str:
    """Version of the package, as its source says."""
    source = (REPOSITORY / "MotionQC" / "MotionQCLib" / "__init__.py").read_text("utf-8")
    return re.findall(r'^__version__ = "(.+)"$', source, re.MULTILINE)[0]


def named(command: str) -> Interpreter:
    """Return the interpreter of that name, which must be there and supported."""
    try:
        is_version = run([command, "-c", _PRINT_VERSION], REPOSITORY).strip()
    except OSError as error:
        raise StepError(f"there is no Python {command!r} here: {error}") from error
    if is_version not in supported():
        raise StepError(f"{command} is Python {is_version}; give one of {', '.join(supported())}")
    return Interpreter(command, is_version)


def found() -> Iterator[Interpreter]:
    """Yield one interpreter a supported version, where there is one on the path."""
    for each in supported():
        try:
            yield named(f"python{each}")
        except StepError:
            continue


if __name__ == "__main__":
    sys.exit(main())
