"""What is drawn of a batch: even over sites, within its limits, and no pose twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch

from MotionQCTraining.synthesis.appearance import Appearance
from MotionQCTraining.synthesis.device.config import SynthesisConfig
from MotionQCTraining.synthesis.device.plan import Plan, draw_plan
from MotionQCTraining.synthesis.device.sources import Sources

SIZE = 120


@pytest.fixture
def sources(heads) -> Sources:
    return Sources.of(heads, torch.device("cpu"))


def plan_of(sources: Sources, strength: float = 1.0, **fields: object) -> Plan:
    return draw_plan(sources, SynthesisConfig(**fields), (1, 0), SIZE, strength)


def test_a_site_with_few_scans_is_drawn_as_often_as_one_with_many(heads) -> None:
    many = [replace(heads[0], row=replace(heads[0].row, site="large")) for _ in range(3)]
    chosen = Counter(plan_of(Sources.of([*many, heads[1]], torch.device("cpu"))).sources)
    assert chosen[3] / SIZE == pytest.approx(0.5, abs=0.12)


def test_added_noise_reaches_up_to_the_sources_own_level(sources) -> None:
    noisy = replace(sources, noise=[0.03, 0.03])
    looks = plan_of(noisy, appearance=Appearance(noisy=0)).looks
    noise = [look.noise for look in looks]
    assert 0 <= min(noise) < 0.003
    assert 0.027 < max(noise) <= 0.03


def test_equal_poses_have_one_number(sources) -> None:
    plan = plan_of(sources)
    for pulls, segments in zip(plan.pulls, plan.segments, strict=True):
        used = pulls[segments.unique()]
        assert len(used.flatten(1).unique(dim=0)) == len(used)


def test_only_heads_lose_their_faces(sources) -> None:
    brains = replace(sources, has_head=[False, False])
    assert any(look.face for look in plan_of(sources, defaced=0.5).looks)
    assert not any(look.face for look in plan_of(brains, defaced=0.5).looks)


def test_a_face_is_cut_off_where_the_displaced_head_has_it(sources) -> None:
    """A voxel lies beyond the plane if the place of the still head that it shows does."""
    plan = plan_of(sources, defaced=1.0)
    for sample in range(5):
        source, look = plan.sources[sample], plan.looks[sample]
        assert look.face is not None
        index = torch.rand(50, 3) * torch.tensor(sources.grid)
        pull = plan.pulls[sample, int(plan.segments[sample, 0])].double()
        affine = sources.affines[source]
        shown = index.double() @ pull[:, :3].T + pull[:, 3]
        place = shown @ affine[:3, :3].T + affine[:3, 3]
        plane = torch.from_numpy(look.face.plane(sources.centers[source]))
        expected = place @ plane[:3] + plane[3]
        found = index @ plan.faces[sample, :3] + plan.faces[sample, 3]
        torch.testing.assert_close(found, expected.float(), atol=1e-2, rtol=1e-3)


def test_all_poses_of_a_still_head_are_displaced_alike(sources) -> None:
    plan = plan_of(sources)
    still = plan.scores_mm[:, 0] == 0
    assert 0.03 < float(still.double().mean()) < 0.3
    assert torch.all(plan.segments[still] == 0)
    turned = plan.pulls[still, 0, :, :3] - torch.eye(3)
    assert float(turned.abs().amax(dim=(1, 2)).min()) > 0.005


def test_at_no_strength_no_anatomy_changes(sources) -> None:
    plan = plan_of(sources, strength=0.0)
    assert not plan.control.any()
    torch.testing.assert_close(plan.scaling, torch.eye(4)[:3].expand(SIZE, 3, 4))
