"""What the child can do: score a scan, move a scan, say which device it has.

A task takes JSON-like arguments and ``progress(stage, done)`` and returns a JSON-like result.
Images come and go by an :class:`~MotionQCLib.jobs.exchange.Exchange`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from MotionQCLib.jobs.exchange import get_volume

if TYPE_CHECKING:
    from MotionQCLib.jobs.task import Progress, Task
    from MotionQCLib.motion import Acquisition
    from MotionQCLib.scoring import Scorer

_Stamp: TypeAlias = "tuple[int, int] | None"
_PARTS = 24
"""Pieces in which a volume is moved: as often it can be stopped."""


def score(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Score a volume.

    Arguments: ``volume`` (see ``Exchange.put``), ``model`` (name or path), ``device`` and
    ``site_limits`` (path of a file, or nothing). The result is that of ``motionqc score --json``.
    """
    from MotionQCLib.scan.content import make_scan

    progress("loading the model")
    model, limits = arguments["model"], arguments["site_limits"]
    scorer = _scorer(model, _stamp(model), arguments["device"], limits, _stamp(limits))
    progress("reading the scan")
    voxels, affine = get_volume(arguments["volume"])
    scan = make_scan(np.asarray(voxels), affine, source="scan", format="memory")
    return scorer.score(scan, progress).to_json()


def simulate(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Move a volume.

    Arguments: ``volume``, ``trajectory`` (see ``motion.recipe``), ``output`` ("magnitude" or
    "real") and ``moved``, the path of the array ``(I, J, K)`` float32 to write. The result holds
    the three motion ``scores`` and the settled ``trajectory``.
    """
    from MotionQCLib.motion import Acquisition, scores
    from MotionQCLib.motion.recipe import trajectory_from_json, trajectory_to_json

    progress("preparing the scan")
    voxels, affine = get_volume(arguments["volume"])
    still = np.asarray(voxels)
    acquisition = Acquisition(still, affine, trajectory_from_json(arguments["trajectory"]))
    moved = _moved_in_parts(acquisition, arguments["output"], progress)
    progress("writing", 1.0)
    _write(Path(arguments["moved"]), moved)
    return {
        "scores": scores(still, affine, acquisition.trajectory).to_json(),
        "trajectory": trajectory_to_json(acquisition.trajectory),
    }


def probe(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Say what the network would run on, having tried it.

    The result holds ``gpu``, its name or null, and ``why``.
    """
    progress("looking for a GPU")
    try:
        from MotionQCLib.scoring.runtimes.torch_runtime import try_gpu
    except ModuleNotFoundError as error:
        return {"gpu": None, "why": f"{error.name} is not installed"}
    except Exception as error:
        # What a half-installed PyTorch raises depends on the half.
        why = f"PyTorch is damaged ({type(error).__name__}: {error})"
        return {"gpu": None, "why": why, "damaged": True}
    gpu, why = try_gpu()
    return {"gpu": gpu, "why": why}


TASKS: dict[str, Task] = {"score": score, "simulate": simulate, "probe": probe}


@lru_cache(maxsize=2)
def _scorer(model: str, _m: _Stamp, device: Any, site_limits: str, _s: _Stamp) -> Scorer:
    """A loaded model; stamps tell files that were replaced from those loaded before."""
    from MotionQCLib.models import find_model, load_site_limits
    from MotionQCLib.scoring import Scorer

    site = load_site_limits(site_limits) if site_limits else None
    return Scorer(find_model(model), device, site_limits=site)


def _stamp(file: str) -> _Stamp:
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _moved_in_parts(acquisition: Acquisition, output: Any, progress: Progress) -> Any:
    shape = acquisition.resampler.volume.shape
    across = 0 if acquisition.slab_axis != 0 else 1
    moved = np.empty(shape, np.float32)
    cuts = np.unique(np.linspace(0, shape[across], _PARTS + 1).round().astype(int))
    for start, stop in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        progress("moving the head", start / shape[across])
        box = [slice(None)] * 3
        box[across] = slice(start, stop)
        moved[tuple(box)] = acquisition.image((box[0], box[1], box[2]), output)
    return moved


def _write(path: Path, volume: Any) -> None:
    """Write an array whole or not at all, its first index fastest, as a scene keeps volumes."""
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.save(file, np.asfortranarray(volume), allow_pickle=False)
    unfinished.replace(path)
