"""Each measure answers to what it is named after, and to nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from MotionQCLib.scan import Conformed, Scan, conform
from MotionQCLib.scan.measures import Measures, measure

from .made_brain import FLAIR, T1, T2, made_head


@pytest.fixture(scope="module")
def a_brain() -> Scan:
    return made_head()


@pytest.fixture(scope="module")
def on_grid(a_brain: Scan) -> Conformed:
    return conform(a_brain)


@pytest.fixture(scope="module")
def of_the_brain(a_brain: Scan, on_grid: Conformed) -> Measures:
    return measure(a_brain, on_grid)


def changed(scan: Scan, conformed: Conformed, data: np.ndarray) -> Measures:
    """What is measured when the conformed voxels are others, and the head is where it was."""
    return measure(scan, replace(conformed, data=data.astype(np.float32)))


def test_a_bias_field_changes_little(
    a_brain: Scan, on_grid: Conformed, of_the_brain: Measures
) -> None:
    bias = np.linspace(0.7, 1.3, on_grid.data.shape[1])[:, np.newaxis]
    biased = changed(a_brain, on_grid, on_grid.data * bias)
    for name in ("contrast", "coherence", "symmetry", "skewness", "rim"):
        assert getattr(biased, name) == pytest.approx(getattr(of_the_brain, name), rel=0.1)


def test_white_noise_has_no_coherence_and_no_symmetry(a_brain: Scan, on_grid: Conformed) -> None:
    noise = 0.6 + 0.2 * np.random.default_rng(3).standard_normal(on_grid.data.shape)
    found = changed(a_brain, on_grid, noise)
    # A Gaussian of 1.5 cells leaves 1 / (2 sqrt(pi) 1.5)^3 of the variance of white noise.
    assert found.coherence == pytest.approx(1 / (2 * np.sqrt(np.pi) * 1.5) ** 3, rel=0.3)
    assert abs(found.symmetry) < 0.3
    assert abs(found.skewness) < 0.1


def test_large_even_areas_are_coherent(a_brain: Scan, on_grid: Conformed) -> None:
    halves = np.where(np.arange(on_grid.data.shape[2]) % 60 < 30, 0.4, 1.0)
    assert changed(a_brain, on_grid, np.broadcast_to(halves, on_grid.data.shape)).coherence > 0.7


def test_a_mirrored_half_makes_full_symmetry(a_brain: Scan, on_grid: Conformed) -> None:
    middle = (on_grid.head.brain_center_mm - on_grid.affine[:3, 3])[0]
    edge = round(float(middle))
    mirrored = on_grid.data.copy()
    width = min(edge, len(mirrored) - edge)
    mirrored[edge : edge + width] = mirrored[edge - width : edge][::-1]
    assert changed(a_brain, on_grid, mirrored).symmetry > 0.99


def test_skewness_and_rim_tell_contrasts(of_the_brain: Measures) -> None:
    bright_fluid, bright_grey = (
        measure(scan, conform(scan)) for scan in (made_head(T2), made_head(FLAIR))
    )
    assert of_the_brain.skewness < -0.3 < 0.3 < bright_fluid.skewness
    assert of_the_brain.rim == pytest.approx(T1["grey"] / T1["white"], abs=0.12)
    assert bright_grey.rim > 1


def test_grain_falls_along_the_axis_that_is_blurred(
    a_brain: Scan, on_grid: Conformed, of_the_brain: Measures
) -> None:
    blurred = ndimage.gaussian_filter1d(on_grid.data, 1.5, axis=1)
    before, after = of_the_brain.grain, changed(a_brain, on_grid, blurred).grain
    assert before is not None
    assert after is not None
    assert min(before) > 0.9 * max(before)
    assert after[1] < 0.5 * min(after[0], after[2])


def test_grain_does_not_depend_on_the_scale_of_intensities(
    a_brain: Scan, on_grid: Conformed, of_the_brain: Measures
) -> None:
    assert changed(a_brain, on_grid, 0.5 * on_grid.data).grain == pytest.approx(of_the_brain.grain)


def test_a_coarse_grid_has_no_grain(a_brain: Scan) -> None:
    assert measure(a_brain, conform(a_brain, (64, 96, 64), 2.5)).grain is None


def test_flatness_is_the_share_of_equal_neighbours(a_brain: Scan, on_grid: Conformed) -> None:
    doubled = replace(a_brain, data=np.repeat(a_brain.data[:, ::2], 2, axis=1))
    assert measure(doubled, on_grid).flatness == pytest.approx(0.5, abs=0.02)
    mask = replace(a_brain, data=(a_brain.data > 300).astype(np.uint8))
    assert measure(mask, on_grid).flatness > 0.7


def test_clipping_is_counted_about_the_brain_alone(a_brain: Scan, on_grid: Conformed) -> None:
    corner = a_brain.data.copy()
    corner[:5, :5, :5] = corner.max() + 1
    assert measure(replace(a_brain, data=corner), on_grid).clipped == 0
    half = np.minimum(a_brain.data, int(np.median(a_brain.data[a_brain.data > 100])))
    assert measure(replace(a_brain, data=half), on_grid).clipped > 0.2


def test_a_tissue_map_is_hollow(a_brain: Scan, on_grid: Conformed, of_the_brain: Measures) -> None:
    grey = np.exp(-(((on_grid.data - 0.63) / 0.1) ** 2))
    assert of_the_brain.hollow < 0.01
    assert changed(a_brain, on_grid, grey).hollow > 0.2


def test_half_a_head_is_narrow_and_misses_much(a_brain: Scan, of_the_brain: Measures) -> None:
    half = replace(a_brain, data=a_brain.data.copy())
    half.data[:78] = 0
    found = measure(half, conform(half))
    assert found.width_mm < 0.6 * of_the_brain.width_mm
    assert found.missing > 0.1 > of_the_brain.missing
    assert found.length_mm == pytest.approx(of_the_brain.length_mm, abs=9)


def test_emptiness_is_measured_without_a_fault(a_brain: Scan, on_grid: Conformed) -> None:
    nothing = np.zeros_like(on_grid.data)
    found = changed(replace(a_brain, data=np.zeros_like(a_brain.data)), on_grid, nothing)
    assert found.flatness == 1
    assert found.hollow == 1
    assert (found.contrast, found.coherence, found.skewness, found.rim) == (0, 0, 0, 0)
