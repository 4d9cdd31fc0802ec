"""The shell as a whole: commands, exit statuses, quick help, the training package by name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from MotionQCLib import __version__
from MotionQCLib.cli import models, training

from .conftest import Shell

REPOSITORY = Path(__file__).resolve().parents[3]


def run_python(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = {"PYTHONPATH": str(REPOSITORY / "MotionQC"), **environment}
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_loads_no_numerical_library() -> None:
    done = run_python("-X", "importtime", "-m", "MotionQCLib.cli", "--help")
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert "score" in done.stdout
    assert "argparse" in loaded
    assert loaded.isdisjoint({"numpy", "scipy", "rich", "openvino", "SimpleITK", "nibabel"})


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str], shell: Shell) -> None:
    with pytest.raises(SystemExit) as end:
        shell("--version")
    assert end.value.code == 0
    assert capsys.readouterr().out == f"motionqc {__version__}\n"


@pytest.mark.parametrize("words", [[], ["dance"], ["score"], ["score", "x", "--device", "tpu"]])
def test_a_wrong_command_line_is_a_fault_of_the_input(shell: Shell, words: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        shell(*words)
    assert end.value.code == 2


def test_a_defect_shows_where_it_is(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> int:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr(models, "run", fail)
    spoken = shell("models")
    assert spoken.status == 1
    assert "ZeroDivisionError: deep inside" in spoken.err
    assert spoken.err.endswith("please report the above.\n")


def test_interruption_is_no_defect(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "run", interrupt)
    assert shell("models").status == 130


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's pipe breaks in another way there")
@pytest.mark.parametrize("flags", [(), ("-u",)])
def test_a_reader_that_has_heard_enough_is_no_defect(flags: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    paths = {"PYTHONPATH": str(REPOSITORY / "MotionQC")}
    done = subprocess.run(
        [sys.executable, *flags, "-m", "MotionQCLib.cli", "models"],
        env={**os.environ, **paths},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (130, "")


def test_models_are_listed_with_the_users_folder(
    shell: Shell, a_model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTIONQC_MODELS", str(a_model_file.parent))
    spoken = shell("models")
    assert spoken.status == 0
    assert "64×96×64 at 2.5 mm" in spoken.out
    assert str(a_model_file.parent) in spoken.out


def test_a_damaged_model_is_listed_with_its_problem(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.safetensors").write_bytes(b"")
    monkeypatch.setenv("MOTIONQC_MODELS", str(tmp_path))
    spoken = shell("models")
    assert spoken.status == 0
    assert "unusable" in spoken.out


@pytest.mark.parametrize("name", training.COMMANDS)
def test_training_commands_hand_their_options_over(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    received = []

    def main(options: list[str]) -> int:
        received.extend(options)
        return 3

    monkeypatch.setitem(sys.modules, "MotionQCTraining", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "MotionQCTraining.commands", SimpleNamespace())
    monkeypatch.setitem(
        sys.modules, f"MotionQCTraining.commands.{name}", SimpleNamespace(main=main)
    )
    assert shell(name, "--config", "motionqc", "--help").status == 3
    assert received == ["--config", "motionqc", "--help"]


@pytest.mark.parametrize("name", training.COMMANDS)
def test_every_training_command_exists(shell: Shell, name: str) -> None:
    with pytest.raises(SystemExit) as end:
        shell(name, "--help")
    assert end.value.code == 0


def test_an_absent_training_package_is_one_line(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "MotionQCTraining", None)
    for name in [name for name in sys.modules if name.startswith("MotionQCTraining.")]:
        monkeypatch.delitem(sys.modules, name)
    spoken = shell("pretrain", "--config", "motionqc")
    assert spoken.status == 2
    assert "MotionQCTraining is not installed; install motionqc[train]" in spoken.err
    assert spoken.err.count("\n") == 1


def test_what_the_published_systems_need_besides_is_told(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchio", None)
    for name in [name for name in sys.modules if name.startswith("MotionQCTraining.")]:
        monkeypatch.delitem(sys.modules, name)
    spoken = shell("reproduce", "bricout2025")
    assert spoken.status == 2
    assert "torchio is not installed; install motionqc[published]" in spoken.err
