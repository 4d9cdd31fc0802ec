"""Batches: seeded, honestly labelled, and without a trace by which still volumes stand out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from MotionQCLib.motion import gradient_energy, simulate, trajectory_scores
from MotionQCTraining.synthesis.appearance import Appearance
from MotionQCTraining.synthesis.device import batches
from MotionQCTraining.synthesis.device.batches import DeviceSynthesis, artefact_map
from MotionQCTraining.synthesis.device.config import SynthesisConfig
from MotionQCTraining.synthesis.device.sources import Sources
from MotionQCTraining.synthesis.device.trajectories import AXES, SCORES
from MotionQCTraining.synthesis.motion_draws import MotionDraws
from MotionQCTraining.synthesis.samples import artefact_map as artefact_map_on_cpu

PLAIN = SynthesisConfig(
    kernel="linear",
    appearance=Appearance(gamma=0, bias=0, noisy=0, blurred=0, gain=0),
    deformed=0,
    scale=0,
    extracted=0,
    airless=0,
    defaced=0,
    ramp=1,
)
STILL = MotionDraws(still=1.0)
MOVED = MotionDraws(still=0.0, smallest_mm=1.0, largest_mm=3.0, logarithmic=1.0)


@pytest.fixture
def sources(heads, device) -> Sources:
    return Sources.of(heads, device)


def silent(sources: Sources) -> Sources:
    """The same scans, taken to be free of noise, so that none is added."""
    return replace(sources, noise=[0.0] * len(sources))


def test_a_batch_is_the_same_whenever_it_is_asked_for(sources) -> None:
    config = SynthesisConfig(kernel="linear", ramp=1)
    first, again = (DeviceSynthesis(sources, config, seed=7).batch(3, 2) for _ in range(2))
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.scores_mm, again.scores_mm)
    other = DeviceSynthesis(sources, config, seed=7).batch(4, 2)
    assert not torch.equal(first.images, other.images)


def test_a_batch_has_the_shapes_type_and_range_that_it_promises(sources) -> None:
    synthesis = DeviceSynthesis(
        sources, replace(PLAIN, motion=MOVED), 1, dtype=torch.bfloat16, artefact_cell=8
    )
    batch = synthesis.batch(0, 3)
    assert batch.images.shape == (3, 1, *sources.grid)
    assert batch.images.dtype == torch.bfloat16
    assert batch.scores_mm.shape == (3, 3)
    assert batch.artefacts is not None
    assert batch.artefacts.shape == (3, *(n // 8 for n in sources.grid))
    assert batch.images.min() >= 0
    assert batch.images.max() <= 1.5


def test_no_source_is_changed(sources) -> None:
    before = [part.clone() for part in (sources.images, sources.head_distance)]
    DeviceSynthesis(sources, SynthesisConfig(kernel="linear", ramp=1), 2).batch(1, 3)
    assert torch.equal(sources.images, before[0])
    assert torch.equal(sources.head_distance, before[1])


def test_the_image_is_that_of_the_trajectory_that_was_scored(sources, monkeypatch) -> None:
    """Drawn again from the same seed, without displacement, and moved by the other simulator."""
    from MotionQCTraining.synthesis.device import plan

    drawn = []

    def recorded(*arguments: object) -> object:
        drawn.append(draw(*arguments))
        return drawn[-1]

    draw = plan.draw_trajectories
    monkeypatch.setattr(plan, "draw_trajectories", recorded)
    config = replace(PLAIN, motion=MOVED, displacement_mm=0, displacement_deg=0)
    batch = DeviceSynthesis(silent(sources), config, 5).batch(0, 2)
    for sample, source in enumerate(batch.sources):
        still = sources.images[source].float().cpu().numpy()
        affine = sources.affines[source].numpy()
        expected = simulate(still, affine, drawn[0].one(sample), kernel="linear").clip(0, 1.5)
        found = batch.images[sample, 0]
        same, flipped = (
            np.abs(image - expected).max() for image in (found.numpy(), found.flip(0).numpy())
        )
        assert min(same, flipped) < 1e-4 * np.ptp(still)
        slabs = sources.energy[source, int(drawn[0].axis[sample])]
        alone = trajectory_scores(
            drawn[0].one(sample),
            slabs[: sources.grid[int(drawn[0].axis[sample])]].numpy(),
            sources.centers[source].numpy(),
        ).to_json()
        label = dict(zip(SCORES, batch.scores_mm[sample].tolist(), strict=True))
        assert label == pytest.approx(alone, abs=1e-5)


def test_the_label_of_a_bent_head_is_that_of_its_own_edges(sources, monkeypatch) -> None:
    """Moved by the same course, bent and unbent heads have unlike scores, each its own."""
    drawn, bent = [], []
    draw, prepare = batches.draw_plan, batches.gradient_energy
    monkeypatch.setattr(batches, "draw_plan", lambda *a: drawn.append(draw(*a)) or drawn[-1])
    monkeypatch.setattr(batches, "gradient_energy", lambda *a: bent.append(a) or prepare(*a))
    config = replace(PLAIN, motion=MOVED, deformed=1, scale=0.1)
    batch = DeviceSynthesis(sources, config, 6).batch(1, 3)
    for sample, source in enumerate(batch.sources):
        axis = int(drawn[0].axis[sample])
        energy = gradient_energy(
            bent[sample][0].cpu().numpy(),
            sources.affines[source].numpy(),
            AXES[axis],
            sources.centers[source].numpy(),
        )
        expected = energy @ drawn[0].deviations[sample, : len(energy)].cpu().numpy()
        assert float(batch.scores_mm[sample, 0]) == pytest.approx(expected, rel=1e-4)
    assert not torch.allclose(batch.scores_mm[:, 0], drawn[0].scores_mm[:, 0], rtol=5e-3)
    torch.testing.assert_close(batch.scores_mm[:, 1:], drawn[0].scores_mm[:, 1:])


def test_still_volumes_are_displaced_and_interpolated_as_moved_ones_are(sources) -> None:
    """The network must not tell motion by the trace of interpolation."""
    still = replace(PLAIN, motion=STILL)
    batch = DeviceSynthesis(silent(sources), still, 9).batch(0, 2)
    rest = replace(still, displacement_mm=0, displacement_deg=0)
    untouched = DeviceSynthesis(silent(sources), rest, 9).batch(0, 2)
    assert torch.all(batch.scores_mm == 0)
    assert float((batch.images - untouched.images).abs().mean()) > 0.005


def test_artefacts_are_none_in_still_volumes_and_grow_with_motion(sources) -> None:
    still, moved = (
        DeviceSynthesis(sources, replace(PLAIN, motion=motion), 1, artefact_cell=8)
        .batch(0, 2)
        .artefacts
        for motion in (STILL, MOVED)
    )
    assert still is not None
    assert moved is not None
    torch.testing.assert_close(still, torch.full_like(still, np.log10(0.003)), atol=1e-3, rtol=0)
    assert float(moved.mean()) > float(still.mean()) + 0.1


def test_an_artefact_map_is_that_of_the_samples() -> None:
    moved, still = torch.rand(2, 16, 8, 24)
    expected = artefact_map_on_cpu(moved.numpy(), still.numpy(), 8)
    np.testing.assert_allclose(artefact_map(moved, still, 8), expected, atol=1e-5)


def test_a_mask_follows_the_head_wherever_it_is_put(sources) -> None:
    """Air is cut off and nothing of the head, into which the still head's mask would cut."""
    config = replace(PLAIN, motion=STILL, airless=1.0, displacement_mm=8)
    batch = DeviceSynthesis(silent(sources), config, 3).batch(0, 4)
    whole = DeviceSynthesis(silent(sources), replace(config, airless=0), 3).batch(0, 4)
    lost = (whole.images - batch.images)[:, 0] > 0
    head = whole.images[:, 0] > 0.6
    at_rest = sources.head_distance[batch.sources] < 60
    assert float(lost.double().mean()) > 0.05
    assert not bool((head & lost).any())
    assert bool((head & ~at_rest).any())


def test_changes_of_anatomy_are_ramped_up(sources) -> None:
    config = replace(PLAIN, motion=STILL, deformed=1, ramp=8, displacement_mm=0, displacement_deg=0)
    synthesis = DeviceSynthesis(silent(sources), config, 4)
    first = synthesis.batch(0, 2)
    later = synthesis.batch(4, 2)

    def change(batch) -> float:
        stills = sources.images[batch.sources].float()
        pairs = zip(batch.images[:, 0], stills, strict=True)
        return min(
            float(torch.minimum((image - still).abs().mean(), (image.flip(0) - still).abs().mean()))
            for image, still in pairs
        )

    assert change(first) < 1e-5
    assert change(later) > 0.005


@pytest.mark.parametrize(
    ("field", "value"), [("events", 0), ("kernel", "sinc"), ("face_mm", (90.0, 60.0))]
)
def test_a_field_out_of_its_limits_is_named(field, value) -> None:
    with pytest.raises(ValueError, match=rf"{field} is "):
        SynthesisConfig(**{field: value})


def test_versions_of_a_scan_have_the_scores_asked_for_and_its_own_contrast(sources) -> None:
    free = MotionDraws(limit_mm=90, limit_deg=90)  # or a brief motion is left smaller
    config = SynthesisConfig(motion=free, kernel="linear", extracted=0, airless=0, defaced=0)
    wanted = [0.0, 0.5, 2.0, 3.5]
    drawn = DeviceSynthesis(silent(sources), config, 1).versions(1, wanted, (4, 2))
    assert drawn.sources == [1] * 4
    scores = drawn.scores_mm[:, 0].cpu()
    # Up to the displacement, which puts the brain's centre elsewhere.
    torch.testing.assert_close(scores, torch.tensor(wanted), atol=0.02, rtol=0.1)
    still = sources.images[1].float()
    assert float(drawn.images[0].max()) == pytest.approx(float(still.max()), abs=0.05)
    again = DeviceSynthesis(silent(sources), config, 9).versions(1, wanted, (4, 2))
    assert torch.equal(again.images, drawn.images), "by these draws' own seed"
