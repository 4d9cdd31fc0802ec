"""pytest's side of the host. A `conftest.py` imports the fixtures by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from slicerhost.host import Host

__all__ = ["host", "host_of_the_process"]


@pytest.fixture(scope="session")
def host_of_the_process() -> Any:
    """The one host; skips where its packages are not installed."""
    for package in ("PySide6", "slicer_core"):
        pytest.importorskip(package, reason="the test host needs: pip install '.[host]'")
    from slicerhost.host import start

    return start()


@pytest.fixture
def host(host_of_the_process: Host) -> Iterator[Host]:
    """The host with an empty scene and nothing recorded.

    A test fails that leaves behind an exception in a slot or a complaint of PythonQt's; one that
    provokes them on purpose takes them away with `host.take_failures()`.
    """
    host = host_of_the_process
    host.reset()
    yield host
    failures = host.take_failures()
    host.reset()
    failures += host.take_failures()
    if failures:
        pytest.fail("in the host:\n" + "\n".join(failures), pytrace=False)
