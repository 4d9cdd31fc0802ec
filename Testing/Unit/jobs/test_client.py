"""Jobs in a real child: what is heard, in what order, and what is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from MotionQCLib.jobs import (
    Child,
    Exchange,
    Failure,
    JobClient,
    JobState,
    Listener,
    child_environment,
)
from MotionQCLib.motion import Trajectory, simulate
from MotionQCLib.motion.recipe import trajectory_from_json, trajectory_to_json

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")


class Heard:
    """A listener that writes down what it hears."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.ends: list[str] = []
        self.result: dict = {}
        self.failure = Failure("", "")
        self.listener = Listener(
            self._finished, self._failed, lambda: self.ends.append("stopped"), self._stage
        )

    def _stage(self, stage: str, done: float | None) -> None:
        self.stages.append(stage)

    def _finished(self, result: dict) -> None:
        self.ends.append("finished")
        self.result = result

    def _failed(self, failure: Failure) -> None:
        self.ends.append("failed")
        self.failure = failure


def worker_of(folder: Path, tasks: str) -> Callable[[], Child]:
    """A starter of children whose tasks are the functions of a piece of source."""
    (folder / "odd_worker.py").write_text(
        "import os, subprocess, sys, time\n"
        "from MotionQCLib.errors import InputError\n"
        "from MotionQCLib.jobs import tasks, worker\n"
        + tasks
        + "\ntasks.TASKS.update({n: v for n, v in globals().items() if callable(v)})\n"
        "worker.main()\n"
    )
    return lambda: Child(sys.executable, child_environment([folder]), "odd_worker")


def until(client: JobClient, done: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"nothing happened within {seconds} s"
        client.poll()
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


ODD_TASKS = """
def add(arguments, progress):
    print("a library says hello")
    os.write(1, b"and so does C code\\n")
    progress("adding", 0.5)
    return {"sum": arguments["a"] + arguments["b"], "pid": os.getpid()}

def refuse(arguments, progress):
    raise InputError("not-3d", "scan: is not 3-D; give another.")

def break_down(arguments, progress):
    return {"sum": arguments["not there"]}

def lack(arguments, progress):
    import a_package_that_nobody_has

def obey(arguments, progress):
    while True:
        progress("waiting")
        time.sleep(0.01)

def ignore(arguments, progress):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    progress(f"grandchild {child.pid}")
    while True:
        time.sleep(0.1)
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[JobClient]:
    made = JobClient(worker_of(tmp_path, ODD_TASKS))
    yield made
    made.close()


def test_a_job_tells_its_stages_then_its_result_and_stays_warm(client):
    pids = []
    for a in (1, 2):
        heard = Heard()
        client.submit("add", {"a": a, "b": 40}, heard.listener)
        until(client, lambda heard=heard: heard.ends)
        assert heard.ends == ["finished"]
        assert heard.stages == ["starting", "adding"]
        assert heard.result["sum"] == a + 40
        pids.append(heard.result["pid"])
    assert pids[0] == pids[1] == client.pid
    assert client.state is JobState.IDLE


@pytest.mark.parametrize(
    ("task", "code", "said"),
    [
        ("refuse", "not-3d", "give another"),
        ("break_down", "defect", "KeyError"),
        ("lack", "package-missing", "a_package_that_nobody_has"),
    ],
)
def test_a_failure_has_a_code_and_one_line_and_the_next_job_runs(client, task, code, said):
    heard = Heard()
    client.submit(task, {}, heard.listener)
    until(client, lambda: heard.ends)
    assert heard.ends == ["failed"]
    assert heard.failure.code == code
    assert said in heard.failure.message
    assert "\n" not in heard.failure.message
    after = Heard()
    client.submit("add", {"a": 1, "b": 1}, after.listener)
    until(client, lambda: after.ends)
    assert after.result["sum"] == 2


def test_a_defect_keeps_its_trace_for_show_details(client):
    heard = Heard()
    client.submit("break_down", {}, heard.listener)
    until(client, lambda: heard.ends)
    assert "break_down" in heard.failure.details
    assert "not there" in heard.failure.details


def test_one_job_at_a_time(client):
    client.submit("obey", {}, Heard().listener)
    with pytest.raises(RuntimeError, match="stop it"):
        client.submit("add", {"a": 1, "b": 1}, Heard().listener)


def test_stop_ends_a_job_that_obeys_and_its_child_within_two_seconds(client):
    heard = Heard()
    client.submit("obey", {}, heard.listener)
    until(client, lambda: heard.stages)
    pid, begun = client.pid, time.monotonic()
    client.stop()
    until(client, lambda: heard.ends)
    assert time.monotonic() - begun < 2.0
    assert heard.ends == ["stopped"]
    assert not is_alive(pid)


@posix_only
def test_stop_ends_a_job_that_does_not_listen_with_its_grandchildren(client):
    heard = Heard()
    client.submit("ignore", {}, heard.listener)
    until(client, lambda: any("grandchild" in stage for stage in heard.stages))
    grandchild = int(heard.stages[-1].split()[-1])
    pid, begun = client.pid, time.monotonic()
    client.stop()
    until(client, lambda: heard.ends)
    assert time.monotonic() - begun < 2.5
    assert heard.ends == ["stopped"]
    assert not is_alive(pid)
    until(client, lambda: not is_alive(grandchild), 2.0)


def test_stop_while_the_child_still_starts_is_heard_as_stopped(client):
    heard = Heard()
    client.submit("obey", {}, heard.listener)
    client.stop()
    until(client, lambda: heard.ends)
    assert heard.ends == ["stopped"]


@posix_only
def test_a_child_killed_from_outside_is_one_failure_and_the_next_job_runs(client):
    heard = Heard()
    client.submit("obey", {}, heard.listener)
    until(client, lambda: heard.stages)
    os.kill(client.pid, signal.SIGKILL)
    until(client, lambda: heard.ends)
    assert heard.ends == ["failed"]
    assert heard.failure.code == "child-died"
    assert "SIGKILL" in heard.failure.message
    after = Heard()
    client.submit("add", {"a": 1, "b": 1}, after.listener)
    until(client, lambda: after.ends)
    assert after.ends == ["finished"]


@posix_only
def test_a_warm_child_killed_between_jobs_is_replaced(client):
    first, second = Heard(), Heard()
    client.submit("add", {"a": 1, "b": 1}, first.listener)
    until(client, lambda: first.ends)
    os.kill(client.pid, signal.SIGKILL)
    until(client, lambda: client.pid is None)
    client.submit("add", {"a": 1, "b": 1}, second.listener)
    until(client, lambda: second.ends)
    assert second.ends == ["finished"]


def test_closing_ends_a_running_job_as_stopped(client):
    heard = Heard()
    client.submit("obey", {}, heard.listener)
    until(client, lambda: heard.stages)
    pid = client.pid
    client.close()
    assert heard.ends == ["stopped"]
    assert not is_alive(pid)


def test_a_warm_child_that_waits_too_long_is_let_go(tmp_path):
    now = [0.0]
    client = JobClient(worker_of(tmp_path, ODD_TASKS), clock=lambda: now[0])
    heard = Heard()
    client.submit("add", {"a": 1, "b": 1}, heard.listener)
    until(client, lambda: heard.ends)
    now[0] += 1e4
    client.poll()
    assert client.pid is None
    client.close()


def test_an_interpreter_that_is_not_there_is_a_failure_in_one_line():
    heard = Heard()
    client = JobClient(lambda: Child("/no/such/python", child_environment()))
    client.submit("score", {}, heard.listener)
    assert heard.ends == ["failed"]
    assert "could not be started" in heard.failure.message


@posix_only
def test_no_child_outlives_its_parent_and_its_images_are_deleted(tmp_path):
    worker_of(tmp_path, ODD_TASKS)
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time, numpy as np\n"
            "from MotionQCLib.jobs import *\n"
            "client = JobClient(lambda: Child(sys.executable, child_environment(), 'odd_worker'))\n"
            "exchange = Exchange()\n"
            "stages = []\n"
            "listen = Listener(print, print, stage=lambda *s: stages.append(s))\n"
            "arguments = {'folder': str(exchange.folder)}\n"
            "exchange.put('scan', np.zeros((4, 4, 4)), np.eye(4))\n"
            "client.submit('ignore', arguments, listen)\n"
            "while len(stages) < 2: client.poll(); time.sleep(0.01)\n"
            "print(client.pid, exchange.folder, flush=True)\n"
            "time.sleep(600)\n",
        ],
        env=child_environment([tmp_path]),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pid, folder = parent.stdout.readline().split()
    parent.kill()
    parent.wait()
    end = time.monotonic() + 5
    while is_alive(int(pid)) or Path(folder).exists():
        assert time.monotonic() < end, "the child outlived its parent"
        time.sleep(0.02)


def shipped_client() -> JobClient:
    return JobClient(lambda: Child(sys.executable, child_environment()))


def test_the_real_worker_moves_a_volume_as_the_library_does():
    volume = np.random.default_rng(2).uniform(0, 900, (28, 33, 30)).astype(np.int16)
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    trajectory = Trajectory(
        [[0] * 6, [2, 1, 0, 3, 0, 1]], [0.0, 0.4], axis="SI", pivot=(50, 50, 50)
    )
    client, heard = shipped_client(), Heard()
    with Exchange() as exchange:
        arguments = {
            "folder": str(exchange.folder),
            "volume": exchange.put("scan", volume, affine),
            "trajectory": trajectory_to_json(trajectory),
            "output": "magnitude",
            "moved": str(exchange.path("moved")),
        }
        client.submit("simulate", arguments, heard.listener)
        until(client, lambda: heard.ends, 120)
        client.close()
        assert heard.ends == ["finished"], heard.failure
        moved = np.load(arguments["moved"])
    expected = simulate(volume, affine, trajectory)
    np.testing.assert_allclose(moved, expected, atol=1e-3 * 900)
    assert moved.dtype == np.float32
    assert heard.result["scores"]["edge"] > 0
    assert trajectory_from_json(heard.result["trajectory"]).pivot == (50, 50, 50)


def test_the_real_worker_refuses_what_is_no_scan_in_one_line():
    client, heard = shipped_client(), Heard()
    with Exchange() as exchange:
        arguments = {
            "folder": str(exchange.folder),
            "volume": exchange.put("scan", np.full((60, 60, 60), 3.0), np.eye(4)),
            "model": "motionqc-t1w-preview",
            "device": "cpu",
            "site_limits": "",
        }
        client.submit("score", arguments, heard.listener)
        until(client, lambda: heard.ends, 120)
        client.close()
    assert heard.ends == ["failed"]
    assert heard.failure.code == "constant"


def test_the_real_worker_says_what_it_found_out_about_the_gpu():
    client, heard = shipped_client(), Heard()
    client.submit("probe", {}, heard.listener)
    until(client, lambda: heard.ends, 120)
    client.close()
    assert heard.ends == ["finished"]
    assert set(heard.result) == {"gpu", "why"}
    assert "torch" in heard.result["why"].lower()
