"""A session of a run: who is told, who may stop it, where it is written down, how it ends."""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from MotionQCLib.errors import InputError
from MotionQCTraining.config_file import Configuration
from MotionQCTraining.limits import count_argument
from MotionQCTraining.overrides import add_overrides
from MotionQCTraining.run_record import RunRecord
from MotionQCTraining.running.devices import Accelerator, Devices, Precision, is_first_process
from MotionQCTraining.running.events import Events, JsonLines, Silence, Words
from MotionQCTraining.running.full_disk import FULL
from MotionQCTraining.running.stopping import Stopped, StopRequest

_GRACE_S = 15.0
GO_ON = "the same command goes on from here"


class Session:
    """What a stage is given to run with.

    Parameters
    ----------
    events : Events
        Who is told.
    stop : StopRequest
        Who may stop it.
    devices : Devices
        What it trains on.
    """

    def __init__(
        self,
        events: Events | None = None,
        stop: StopRequest | None = None,
        devices: Devices | None = None,
    ) -> None:
        self.events = events or Words(live=False)
        self.stop = stop or StopRequest()
        self.devices = devices or Devices()
        self._record: RunRecord | None = None
        self._ended = False

    def say(self, text: str) -> None:
        """Tell a line of words, between two pieces of work that are on disk: it may stop here."""
        self.events.say(text)
        self.stop.check()

    def begin(self, folder: Path, config: Configuration, manifest: Path, **further: Any) -> None:
        """Write down in the run folder what begins; only the first process of a run does."""
        folder.mkdir(parents=True, exist_ok=True)
        if is_first_process():
            self._record = RunRecord(folder, config, manifest, **further)

    def complete(self, text: str, **made: Any) -> None:
        """Tell and note what the run has made."""
        self._end("complete", "result", text, **made)

    def stopped(self) -> None:
        """Tell and note that the run has stopped and how to go on."""
        self._end("stopped", "stopped", f"stopped; {GO_ON}")

    def failed(self, code: str, message: str) -> None:
        """Tell and note what went wrong."""
        self._end("failed", "failed", message, code=code)

    def _end(self, outcome: str, kind: str, text: str, **fields: Any) -> None:
        if self._ended:
            return
        self._ended = True
        if self._record is not None:
            self._record.end(outcome, **fields)
        self.events.end(kind, text, **fields)


def add_session_options(parser: argparse.ArgumentParser) -> None:
    """Add what every stage takes: overrides, and how it tells and is stopped."""
    add_overrides(parser)
    add = parser.add_argument
    add("--json", action="store_true", help="print one JSON object a line")
    add("--quiet", action="store_true", help="no line that changes on the terminal")
    add("--stop-file", type=Path, metavar="PATH", help="stop, to go on later, once it exists")


def add_device_options(parser: argparse.ArgumentParser) -> None:
    """Add what stages that Lightning runs take besides."""
    group = parser.add_argument_group("devices")
    add = group.add_argument
    add("--accelerator", choices=get_args(Accelerator), default="auto")
    add("--devices", type=count_argument, default=1, help="on each machine, a process for each")
    add("--nodes", type=count_argument, default=1, help="machines")
    add("--precision", choices=get_args(Precision), default="auto", help="of the network")


@contextmanager
def session(arguments: argparse.Namespace) -> Iterator[Session]:
    """Run a stage as its options say; a run that was asked to stop ends without an exception.

    Raises
    ------
    InputError
        That of the stage, once it is told and noted; or ``disk-full``.
    """
    stop = StopRequest(arguments.stop_file)
    at_hand = Session(_events(arguments), stop, _devices(arguments))
    with stop.listening(), _without_warnings():
        try:
            yield at_hand
        except Stopped:
            at_hand.stopped()
        except InputError as error:
            at_hand.failed(error.code, error.message)
            if not is_first_process():
                # The first process may have met the same fault and is about to tell it; were this
                # one to fail before, it would be killed without a word.
                time.sleep(_GRACE_S)
            raise
        except OSError as error:
            if error.errno not in FULL:
                at_hand.failed("defect", str(error))
                raise
            fault = _full(error)
            at_hand.failed(fault.code, fault.message)
            raise fault from error
        except BaseException as error:
            at_hand.failed("defect", f"{type(error).__name__}: {error}")
            raise
        finally:
            stop.settle()


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep from users what Lightning warns those of who program with it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"lightning\.")
        # "This is not an error": how several processes' gradients lie in memory.
        warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
        yield


def _events(arguments: argparse.Namespace) -> Events:
    if not is_first_process():
        return Silence()
    return JsonLines() if arguments.json else Words(live=not arguments.quiet)


def _devices(arguments: argparse.Namespace) -> Devices:
    if "devices" not in arguments:
        return Devices()
    return Devices(arguments.accelerator, arguments.devices, arguments.nodes, arguments.precision)


def _full(error: OSError) -> InputError:
    where = f"{error.filename}: " if error.filename else ""
    return InputError(
        "disk-full", f"{where}{error.strerror}; make room, and the same command goes on"
    )
