"""All routes through a network give the same logits; without torch, OpenVINO alone does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from MotionQCLib.errors import InputError
from MotionQCLib.models import (
    DEFAULT_MODEL,
    Architecture,
    ModelBundle,
    RatingHead,
    find_model,
    load_bundle,
)
from MotionQCLib.models.registry import SHIPPED_FOLDER
from MotionQCLib.scan import Scan, conform
from MotionQCLib.scoring import calibrated_probability
from MotionQCLib.scoring.runtimes import open_encoder, open_runtime, opening, openvino_runtime
from MotionQCLib.scoring.runtimes.openvino_runtime import OpenVinoRuntime, fold_batch_norm

REPOSITORY = Path(__file__).resolve().parents[3]


def on_grid(bundle: ModelBundle, grid: tuple[int, int, int]) -> ModelBundle:
    return replace(bundle, metadata=replace(bundle.metadata, architecture=Architecture(grid=grid)))


@pytest.mark.parametrize("grid", [(64, 96, 64), (32, 64, 96), (128, 32, 32)])
def test_openvino_and_torch_agree(a_model: ModelBundle, grid: tuple[int, int, int]) -> None:
    bundle = on_grid(a_model, grid)
    volume = np.random.default_rng(1).uniform(0, 1.5, grid).astype(np.float32)
    fast, slow = (open_runtime(bundle, device).logits(volume) for device in ("cpu", "torch-cpu"))
    assert fast.std() > 0.1
    np.testing.assert_allclose(fast, slow, atol=1e-4)


@pytest.mark.parametrize(
    "head",
    [
        RatingHead(("good", "bad")),
        RatingHead(("1", "2", "3", "4"), ordinal=True, own_layers="projection"),
        RatingHead(("1", "2", "3"), features="map", hidden=10, own_layers="block5"),
        RatingHead(("1", "2", "3"), features="map", hidden=10, ordinal=True),
    ],
)
def test_openvino_and_torch_agree_on_ratings(
    with_ratings: Callable[[RatingHead], Path], a_model: ModelBundle, head: RatingHead
) -> None:
    bundle = load_bundle(with_ratings(head))
    volume = np.random.default_rng(1).uniform(0, 1.5, (64, 96, 64)).astype(np.float32)
    fast, slow = (open_runtime(bundle, device).outputs(volume) for device in ("cpu", "torch-cpu"))
    assert fast.ratings is not None
    assert slow.ratings is not None
    assert fast.ratings.shape == (head.outputs,)
    assert np.abs(fast.ratings).max() > 0.1
    np.testing.assert_allclose(fast.ratings, slow.ratings, atol=1e-4)
    np.testing.assert_allclose(fast.motion, slow.motion, atol=1e-4)
    np.testing.assert_allclose(fast.embedding, slow.embedding, atol=1e-4)
    plain = open_runtime(a_model, "cpu").outputs(volume)
    np.testing.assert_allclose(fast.motion, plain.motion, atol=1e-6)
    np.testing.assert_allclose(fast.embedding, plain.embedding, atol=1e-6)


def test_a_model_without_ratings_gives_none(a_model: ModelBundle) -> None:
    volume = np.zeros((64, 96, 64), np.float32)
    assert open_runtime(a_model, "cpu").outputs(volume).ratings is None
    slow = open_runtime(a_model, "torch-cpu").outputs(volume)
    assert slow.ratings is None
    assert slow.embedding.shape == (64,)


@pytest.mark.parametrize(
    ("layers", "shape"), [(4, (256, 4, 6, 4)), (5, (256, 2, 3, 2)), (6, (64, 2, 3, 2))]
)
def test_encoders_of_openvino_and_torch_agree(
    a_model: ModelBundle, layers: int, shape: tuple[int, ...]
) -> None:
    volume = np.random.default_rng(1).uniform(0, 1.5, (64, 96, 64)).astype(np.float32)
    fast, slow = (
        open_encoder(a_model, layers, device).encode(volume) for device in ("cpu", "torch-cpu")
    )
    assert fast.shape == shape
    assert fast.std() > 0.1
    np.testing.assert_allclose(fast, slow, atol=1e-4)


@pytest.mark.slow
def test_the_shipped_models_routes_agree_on_a_moved_scan(a_head_scan: Scan) -> None:
    if not (SHIPPED_FOLDER / f"{DEFAULT_MODEL}.safetensors").exists():
        pytest.skip(f"{DEFAULT_MODEL} has not been trained yet")
    bundle = find_model()
    metadata = bundle.metadata
    volume = conform(a_head_scan, metadata.architecture.grid, metadata.spacing_mm).data
    fast, slow = (
        calibrated_probability(open_runtime(bundle, device).logits(volume), metadata.temperature)
        for device in ("cpu", "torch-cpu")
    )
    assert np.abs(fast - slow).max() < 0.01
    assert abs(metadata.bins.decode(fast) - metadata.bins.decode(slow)) < 0.02


def test_cutting_into_slabs_changes_nothing(
    a_model: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = np.random.default_rng(2).uniform(0, 1.5, (64, 96, 64)).astype(np.float32)
    cut = OpenVinoRuntime(a_model).logits(volume)
    monkeypatch.setattr(openvino_runtime, "SLABS_OF_BLOCK", {})
    np.testing.assert_allclose(cut, OpenVinoRuntime(a_model).logits(volume), atol=1e-5)


def test_a_folded_norm_is_the_norm_of_the_convolution(a_model: ModelBundle) -> None:
    """One voxel of one block, by hand in float64."""
    weights = {name: array.astype(float) for name, array in a_model.weights.items()}
    patch = np.random.default_rng(3).normal(size=(32, 3, 3, 3))
    convolved = np.einsum("oijkl,ijkl->o", weights["encoder.block2.conv.weight"], patch)
    centred = convolved + weights["encoder.block2.conv.bias"]
    centred -= weights["encoder.block2.norm.running_mean"]
    spread = np.sqrt(weights["encoder.block2.norm.running_var"] + 1e-5)
    gain, shift = (weights[f"encoder.block2.norm.{part}"] for part in ("weight", "bias"))
    kernel, bias = fold_batch_norm(a_model.weights, "encoder.block2")
    folded = np.einsum("oijkl,ijkl->o", kernel, patch) + bias
    np.testing.assert_allclose(folded, centred / spread * gain + shift, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("device", ["cpu", "torch-cpu"])
def test_a_volume_off_the_grid_is_refused(a_model: ModelBundle, device: str) -> None:
    with pytest.raises(ValueError, match=r"the model's grid is \(64, 96, 64\)"):
        open_runtime(a_model, device).logits(np.zeros((64, 64, 64), np.float32))  # type: ignore[arg-type]


def test_a_gpu_that_is_absent_is_said_so(
    a_model: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_count_gpus", lambda: 0)
    with pytest.raises(InputError, match="choose --device cpu or auto"):
        open_runtime(a_model, "cuda")


def test_a_gpu_that_torch_cannot_use_leaves_the_cpu(
    a_model: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_count_gpus", lambda: 1)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert open_runtime(a_model, "auto").name == "openvino cpu float32"


def test_a_gpu_gives_the_cpus_logits(a_model: ModelBundle) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA GPU on this machine")
    volume = np.random.default_rng(4).uniform(0, 1.5, (64, 96, 64)).astype(np.float32)
    on_gpu, on_cpu = (open_runtime(a_model, device).logits(volume) for device in ("cuda", "cpu"))
    np.testing.assert_allclose(on_gpu, on_cpu, atol=1e-3)


TORCH_FREE = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Block())
from MotionQCLib.cli import main
status = main(["score", sys.argv[1], "--model", sys.argv[2], "--json"])
assert "torch" not in sys.modules
sys.exit(status)
"""


def test_a_scan_is_scored_where_torch_cannot_be_imported(
    a_head_file: Path, a_model_file: Path
) -> None:
    command = [sys.executable, "-c", TORCH_FREE, str(a_head_file), str(a_model_file)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "MotionQC")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"runtime": "openvino cpu float32"' in done.stdout


SCORE_ONCE = """
import sys
import numpy as np
from MotionQCLib.models import find_model
from MotionQCLib.scoring.runtimes import open_runtime

bundle = find_model()
open_runtime(bundle, "cpu").logits(np.zeros(bundle.metadata.architecture.grid, np.float32))
assert sys.modules["openvino"] is not None
loaded = [name for name, module in sys.modules.items() if module is not None]
print(*[name for name in loaded if name.startswith("openvino_telemetry")])
"""


def test_openvino_tells_nobody_that_it_is_used(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    # OpenVINO keeps silent by itself where it believes that a test server runs it.
    for name in ("CI", "TF_BUILD", "JENKINS_URL"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", SCORE_ONCE],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.split() == []
    assert list(tmp_path.iterdir()) == []


LET_GO_ELSEWHERE = """
import faulthandler, gc, os, signal, threading
from MotionQCLib.models import find_model
from MotionQCLib.scoring.runtimes import open_runtime
faulthandler.enable()
held = [open_runtime(find_model(), "cpu")]
thread = threading.Thread(target=lambda: (held.clear(), gc.collect()))
thread.start()
thread.join()
heard = []
signal.signal(signal.SIGTERM, lambda *_: heard.append("heard"))
os.kill(os.getpid(), signal.SIGTERM)
print(*heard)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to take")
def test_a_signal_is_heard_after_a_model_was_let_go_in_another_thread() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", LET_GO_ELSEWHERE],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout.split()) == (0, ["heard"])
