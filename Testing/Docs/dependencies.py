"""The page `Resources/Docs/dependencies.md`: what the package runs on, and how far that is trusted.

Run as `python Testing/Docs/dependencies.py > Resources/Docs/dependencies.md`. Which libraries there
are is read off pyproject.toml, and licences off the libraries as they are installed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = Path(__file__).resolve().parents[2]
EXTRAS = ("", "fast", "gpu", "train", "published", "tune", "cluster", "demo")
"""Extras of users; the empty name is the plain installation."""

HEAD = """\
# What MotionQC runs on

*Made by `python Testing/Docs/dependencies.py`; a test holds it, pyproject.toml and the licences of
what is installed together.*

For every library that a user installs: what it is for, its licence, whether it is given bytes that
came from elsewhere, and what was done about that. The repository itself is Apache-2.0; libraries
are installed beside it, none is copied into it.
"""

FOOT = """
## What holds for all of them

- **No file is code.** Models are safetensors and JSON, compared with their architecture before use;
  configurations go through `yaml.safe_load`; arrays are read with `allow_pickle=False`, and
  checkpoints of runs with `weights_only=True`: tensors and plain values, or nothing.
- **No size is believed.** Headers are held against the bytes that are there before anything is
  allocated; a scan has at most 2^28 voxels, a zip 20,000 files and 4 GiB, metadata and
  configurations 1 MB.
- **Names lead nowhere.** Zip entries get numbers for names; a header's voxel file lies in its own
  folder; everything written into a page is escaped, and the page may load nothing.
- **Nothing is sent.** Scoring opens no connection; OpenVINO's telemetry is not loaded.
- **It is tried.** `python Testing/Fuzz/fuzz.py --inputs 200000` gives hostile files to every reader
  and reports crashes, hangs, memory and forbidden deeds; a short run is among the tests.
"""


class Use(NamedTuple):
    """What a library is for, whether it gets foreign bytes, and what was done about it."""

    purpose: str
    foreign: str = "no"
    done: str = "-"


USES = {
    "lightning": Use(
        "training loop, checkpoints, several processes",
        "own checkpoints",
        "read as tensors and plain values only",
    ),
    "matplotlib": Use("figures of reports and runs"),
    "nibabel": Use(
        "headers of NIfTI and MGH; writing NIfTI",
        "headers",
        "gets as many bytes as a header has; voxels are read by the package itself",
    ),
    "nilearn": Use("the template that `make demo` scores"),
    "numba": Use("compiled interpolation"),
    "numpy": Use("arrays", "voxels, kept arrays", "sizes checked first; `allow_pickle=False`"),
    "openvino": Use(
        "the network on a CPU", "no", "the graph is built here from checked weights; no telemetry"
    ),
    "pillow": Use("pictures in pages", "no", "encodes only"),
    "pydicom": Use(
        "DICOM headers and plain voxels",
        "DICOM files",
        "every error is one line; deflated files, which it inflates without limit, are refused",
    ),
    "pyyaml": Use(
        "configurations", "configurations", "`safe_load`; size, depth and aliases are limited"
    ),
    "ray": Use(
        "search for settings; archives on a cluster",
        "what its own cluster sends",
        "opt-in; connect to clusters that you trust, for they run code",
    ),
    "rich": Use("tables in the shell", "names", "as text, never as markup"),
    "safetensors": Use(
        "model files", "model files", "checksum, names, shapes, types and values are checked"
    ),
    "scikit-learn": Use("simple regressions, splits, metrics"),
    "scipy": Use("rotations, filters, interpolation"),
    "simpleitk": Use(
        "compressed DICOM (GDCM), linear interpolation",
        "compressed slices",
        "GDCM gets rewritten files, in a process with limits of memory and time",
    ),
    "tensorboard": Use("logs of runs"),
    "torch": Use(
        "the network on a GPU, training",
        "own checkpoints",
        "`weights_only=True`; models never go through `torch.load`",
    ),
    "torchio": Use("the published systems' synthesis"),
    "torchmetrics": Use("metrics of the published systems"),
}


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([HEAD, *_sections()]) + FOOT


def _sections() -> Iterator[str]:
    for extra in EXTRAS:
        yield f"## {f'Extra `{extra}`' if extra else 'Plain installation'}\n"
        yield "| library | what for | licence | foreign bytes | what was done |"
        yield "|---|---|---|---|---|"
        for name in libraries(extra):
            use = USES[name.lower()]
            yield f"| {name} | {use.purpose} | {licence(name)} | {use.foreign} | {use.done} |"
        yield ""


def libraries(extra: str) -> list[str]:
    """Names of the libraries of an extra, without those of an extra that it includes."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return sorted({name for line in lines if (name := Requirement(line).name) != "motionqc"})


def licence(name: str) -> str:
    """Return the licence that an installed library states, in short; empty if it is not there."""
    try:
        stated = metadata(name)
    except PackageNotFoundError:
        return ""
    if expression := stated.get("License-Expression"):
        first, *others = re.split(r" AND ", expression)
        return f"{first}, parts under others" if others else first
    classified = [line for line in stated.get_all("Classifier") or () if line.startswith("License")]
    if classified:
        return classified[0].rpartition(" :: ")[2]
    return (stated.get("License") or "").partition("\n")[0][:40]


if __name__ == "__main__":
    sys.stdout.write(page())
