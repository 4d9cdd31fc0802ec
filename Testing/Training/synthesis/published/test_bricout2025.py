"""The first paper's samples: shares, order, ranges, and the switches to what was published."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torchio

from MotionQCTraining.data.framed import FramedHead, center_crop
from MotionQCTraining.synthesis.published import bricout2025
from MotionQCTraining.synthesis.published.bricout2025 import Bricout2025Synthesis, control_points

SMALL = Bricout2025Synthesis(grid=(20, 24, 22), interpolation="linear")
NOTHING = replace(SMALL, flip=0.0, elastic=0.0, motion=0.0, appearance=0.0, top=(1.0, 1.0))


def test_the_recipe_is_the_papers_by_default() -> None:
    recipe = Bricout2025Synthesis()
    assert (recipe.flip, recipe.elastic, recipe.motion, recipe.appearance) == (0.5, 0.7, 0.95, 0.5)
    assert (recipe.control_points, recipe.displacement_mm) == (7, 8.0)
    assert (recipe.log_gamma, recipe.bias, recipe.top) == (0.1, 0.35, (0.9, 1.1))
    assert (recipe.grid, recipe.interpolation) == ((160, 192, 160), "bspline")


def test_a_sample_without_any_change_is_the_middle_of_the_scan(a_head: FramedHead) -> None:
    sample, label = NOTHING.draw(a_head, np.random.default_rng(0), 0)
    middle = center_crop(a_head.image, NOTHING.grid)
    np.testing.assert_allclose(sample, (middle - middle.min()) / np.ptp(middle), atol=1e-5)
    assert 0 <= label <= 0.05


def test_a_seed_settles_the_sample(a_head: FramedHead) -> None:
    first, again, other = (SMALL.draw(a_head, np.random.default_rng(s), 0) for s in (3, 3, 4))
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1] == again[1]
    assert np.abs(first[0] - other[0]).max() > 0.05


def test_torchs_global_seed_does_not_matter(a_head: FramedHead) -> None:
    made = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        made.append(SMALL.draw(a_head, np.random.default_rng(3), 0)[0])
    np.testing.assert_array_equal(*made)


def test_samples_fill_their_intensity_range(a_head: FramedHead) -> None:
    made = [SMALL.draw(a_head, np.random.default_rng(seed), seed)[0] for seed in range(12)]
    assert all(sample.min() == 0 for sample in made)
    tops = [float(sample.max()) for sample in made]
    assert 0.9 <= min(tops) < max(tops) <= 1.1
    assert all(sample.dtype == np.float32 and sample.shape == (20, 24, 22) for sample in made)


def test_labels_of_moved_samples_reach_over_the_range(a_head: FramedHead) -> None:
    moving = replace(NOTHING, motion=1.0)
    labels = [moving.draw(a_head, np.random.default_rng(seed), 0)[1] for seed in range(30)]
    assert min(labels) < 1
    assert max(labels) > 3


def test_the_steps_come_in_the_papers_order(
    a_head: FramedHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Crop and scale come last: see the sample of the whole frame."""
    called = []

    def spy(name: str, step):
        def told(*arguments, **options):
            called.append(name)
            return step(*arguments, **options)

        return told

    steps = {name: spy(name, getattr(torchio, name)) for name in STEPS}
    fake = SimpleNamespace(**steps, ScalarImage=torchio.ScalarImage)
    monkeypatch.setattr(bricout2025, "torchio", fake)
    monkeypatch.setattr(bricout2025, "flipped", spy("flip", bricout2025.flipped))
    monkeypatch.setattr(bricout2025, "move", spy("motion", bricout2025.move))
    monkeypatch.setattr(bricout2025, "center_crop", spy("crop", bricout2025.center_crop))
    every = replace(SMALL, flip=1.0, elastic=1.0, motion=1.0, appearance=1.0)
    every.draw(a_head, np.random.default_rng(0), 0)
    assert called == ["flip", "ElasticDeformation", "motion", "Gamma", "BiasField", "crop"]


STEPS = ("ElasticDeformation", "Gamma", "BiasField")


def test_control_points_are_locked_where_torchio_locks_them() -> None:
    ours = control_points(np.random.default_rng(0), 7, 8.0)
    theirs = torchio.RandomElasticDeformation.get_params((7, 7, 7), (8.0, 8.0, 8.0), 2)
    np.testing.assert_array_equal(ours != 0, theirs != 0)
    assert 7 < np.abs(ours).max() <= 8


def test_the_bias_field_has_as_many_coefficients_as_torchio_takes() -> None:
    theirs = torchio.RandomBiasField().get_params(3, (0.0, 0.35))
    assert len(theirs) == bricout2025._BIAS_COEFFICIENTS


@pytest.mark.parametrize("switch", [{"pivot": "origin"}, {"mended": False}])
def test_a_published_defect_can_be_had(a_head: FramedHead, switch: dict) -> None:
    moving = replace(NOTHING, motion=1.0)
    mended, _ = moving.draw(a_head, np.random.default_rng(5), 0)
    published, label = replace(moving, **switch).draw(a_head, np.random.default_rng(5), 0)
    assert np.abs(mended - published).max() > 1e-3  # of turns up to 1 degree, in voxels of 6 mm
    assert 0.05 < label < 4.3


def test_forked_workers_repeat_the_numbers_of_movements(
    a_head: FramedHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five triples in 300 draws of 64 workers, whatever the volume; else hundreds."""
    published = replace(NOTHING, motion=1.0, workers=64)
    seen = [settings_of(published, a_head, number, monkeypatch) for number in (0, 63, 64, 299)]
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3
    own = [settings_of(replace(published, workers=0), a_head, n, monkeypatch) for n in (0, 63)]
    assert own == [None, None]


def settings_of(synthesis, head, number, monkeypatch):
    """First number of the generator that settles a draw's movements."""
    found = []

    def told(self, rng, settings=None):
        found.append(settings and float(settings.random()))
        raise InterruptedError

    monkeypatch.setattr(bricout2025.Bricout2025Sampling, "draw", told)
    with pytest.raises(InterruptedError):
        synthesis.draw(head, np.random.default_rng(number), number)
    return found[0]


@pytest.mark.parametrize("wrong", [{"flip": 1.5}, {"control_points": 3}, {"top": (1.1, 0.9)}])
def test_values_out_of_their_limits_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Bricout2025Synthesis(**wrong)
