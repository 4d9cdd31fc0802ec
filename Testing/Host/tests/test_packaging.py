"""`slicer.packaging` records and never installs.

Source: Slicer 5.12, `Base/Python/slicer/packaging.py`.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import pytest


@pytest.fixture
def packaging(host: Any) -> Any:
    return importlib.import_module("slicer.packaging")


def test_what_is_there_is_not_asked_for(host: Any, packaging: Any) -> None:
    packaging.pip_ensure("numpy>=1.20")
    assert (host.messages, host.package_requests) == ([], [])


def test_what_is_missing_is_asked_for_and_requested(host: Any, packaging: Any) -> None:
    host.packages.missing = {"openvino"}
    assert packaging.pip_check("openvino>=2024.4") is False
    packaging.pip_ensure(["openvino>=2024.4", "numpy"], requester="MotionQC")
    (request,) = host.package_requests
    assert request.requirements == ("openvino>=2024.4",)
    assert "MotionQC" in host.messages[0].text
    assert packaging.pip_check("openvino>=2024.4") is True


def test_declining_raises(host: Any, packaging: Any) -> None:
    host.packages.missing = {"openvino"}
    host.answer(False)
    with pytest.raises(RuntimeError, match="declined"):
        packaging.pip_ensure("openvino")
    assert host.package_requests == []


def test_a_failure_raises(host: Any, packaging: Any) -> None:
    host.packages.missing, host.packages.fails = {"openvino"}, True
    with pytest.raises(CalledProcessError):
        packaging.pip_ensure("openvino")


def test_in_testing_mode_nothing_is_installed_and_nothing_raised(host: Any, packaging: Any) -> None:
    host.app.testing = True
    host.packages.missing = {"openvino"}
    packaging.pip_ensure("openvino")
    assert (host.messages, host.package_requests) == ([], [])


def test_a_version_that_does_not_fit_is_missing(packaging: Any) -> None:
    assert packaging.pip_check("numpy<1.0") is False


def test_requirements_of_other_systems_are_met(packaging: Any) -> None:
    assert packaging.pip_check("no-such-package; sys_platform == 'amiga'") is True


def test_a_requirements_file_is_read(packaging: Any, tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("# floors\n\nopenvino>=2024.4\n-c constraints.txt\nnibabel\n")
    assert [str(r) for r in packaging.load_requirements(path)] == ["openvino>=2024.4", "nibabel"]


def test_an_unknown_option_raises(packaging: Any) -> None:
    with pytest.raises(TypeError, match="no options"):
        packaging.pip_install("numpy", upgrade=True)


def test_the_older_name_leads_to_the_same_place(host: Any, slicer: Any) -> None:
    slicer.util.pip_install("openvino")
    assert host.package_requests[0].call == "pip_install"
