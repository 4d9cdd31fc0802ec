"""The live preview: what the views show is the simulation, and the source stays as it was."""

from __future__ import annotations

import numpy as np
import pytest


def begin(host, panel, path):
    node = host.load_scan(path)
    panel.ui.scanSelector.setCurrentNode(node)
    host.wait_until(lambda: panel.ui.previewButton.enabled, 20)
    panel.ui.previewButton.click()
    host.wait_until(lambda: panel.ui.trueScoresLabel.text, 30)
    return node


def refined(host, panel) -> None:
    host.wait_until(lambda: "exact" in panel.ui.previewStatus.text, 60)


def voxels(node) -> np.ndarray:
    from MotionQCLib.gui.scan_volume import voxels_of

    return np.array(voxels_of(node))


def expected(panel, node) -> np.ndarray:
    from MotionQCLib.gui.motion_settings import trajectory_of
    from MotionQCLib.gui.scan_volume import affine_of
    from MotionQCLib.motion import simulate

    parameters = panel.parameters
    return simulate(
        voxels(node),
        affine_of(node),
        trajectory_of(parameters),
        output=parameters.output.value,
        kernel="linear",
    )


@pytest.mark.parametrize("axis", ["AP", "LR", "SI"])
@pytest.mark.parametrize("oblique", [False, True], ids=["straight", "oblique"])
def test_all_three_views_show_the_whole_volumes_simulation(
    host, panel, a_head_file, an_oblique_head_file, axis, oblique
):
    from MotionQCLib.gui.parameters import SlabAxis

    node = begin(host, panel, an_oblique_head_file if oblique else a_head_file)
    panel.parameters.axis = SlabAxis(axis)
    host.wait_until(lambda: panel.simulate.preview.trajectory.axis == axis, 20)
    host.turn()
    refined(host, panel)
    whole, shown = expected(panel, node), voxels(panel.simulate.preview.node)
    planes = panel.simulate.preview.planes()
    assert {plane.array_axis for plane in planes} == {0, 1, 2}
    for plane in planes:
        one, other = (np.take(v, plane.index, plane.array_axis) for v in (whole, shown))
        np.testing.assert_allclose(other, one, atol=2e-4 * whole.max())


def test_the_source_is_never_touched_and_the_window_is_kept(host, panel, a_head_file):
    node = host.load_scan(a_head_file)
    node.GetDisplayNode().SetAutoWindowLevel(False)
    node.GetDisplayNode().SetWindowLevel(700, 300)
    before = voxels(node)
    panel.ui.scanSelector.setCurrentNode(node)
    host.wait_until(lambda: panel.ui.previewButton.enabled, 20)
    panel.ui.previewButton.click()
    host.wait_until(lambda: panel.ui.trueScoresLabel.text, 30)
    display = panel.simulate.preview.node.GetDisplayNode()
    assert (display.GetWindow(), display.GetLevel()) == (700, 300)
    np.testing.assert_array_equal(voxels(node), before)


def test_the_views_are_put_back_as_they_were(host, panel, an_oblique_head_file):
    import slicer

    node = host.load_scan(an_oblique_head_file)
    manager = slicer.app.layoutManager()

    def seen() -> list:
        states = []
        for name in ("Red", "Yellow", "Green"):
            logic = manager.sliceWidget(name).sliceLogic()
            matrix = slicer.util.arrayFromVTKMatrix(logic.GetSliceNode().GetSliceToRAS())
            states.append(
                (matrix.round(6).tolist(), logic.GetSliceCompositeNode().GetBackgroundVolumeID(),
                 [round(v, 6) for v in logic.GetSliceNode().GetFieldOfView()])
            )  # fmt: skip
        return states

    before = seen()
    panel.ui.scanSelector.setCurrentNode(node)
    host.wait_until(lambda: panel.ui.previewButton.enabled, 20)
    panel.ui.previewButton.click()
    host.wait_until(lambda: panel.ui.trueScoresLabel.text, 30)
    assert seen() != before
    panel.ui.previewButton.click()
    host.turn()
    assert seen() == before
    assert panel.simulate.preview.node is None
    assert len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")) == 1


def test_scrolling_shows_the_next_plane_moved_as_well(host, panel, a_head_file):
    import slicer

    node = begin(host, panel, a_head_file)
    refined(host, panel)
    red = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    old = {p.view: p.index for p in panel.simulate.preview.planes()}
    red.SetSliceOffset(red.GetSliceOffset() + 7.3)
    host.turn()
    refined(host, panel)
    plane = next(p for p in panel.simulate.preview.planes() if p.view == "Red")
    assert plane.index != old["Red"]
    whole, shown = expected(panel, node), voxels(panel.simulate.preview.node)
    one, other = (np.take(v, plane.index, plane.array_axis) for v in (whole, shown))
    np.testing.assert_allclose(other, one, atol=2e-4 * whole.max())


def test_a_slider_changes_score_and_picture_and_never_queues_two_updates(host, panel, a_head_file):
    begin(host, panel, a_head_file)
    refined(host, panel)
    drawn: list[int] = []
    before = panel.ui.trueScoresLabel.text
    scalars = panel.simulate.preview.node.GetImageData().GetPointData().GetScalars()
    scalars.AddObserver("ModifiedEvent", lambda *_: drawn.append(1))
    for value in np.linspace(2.5, 6.0, 8):
        panel.parameters.translation = float(value)
    host.wait_until(lambda: panel.ui.trueScoresLabel.text != before, 30)
    refined(host, panel)
    # At most two of the eight motions, and the refinement of the last.
    assert 1 <= len(drawn) <= 3


def test_a_coarse_view_says_so_in_the_view_itself(host, panel, a_head_file):
    begin(host, panel, a_head_file)
    refined(host, panel)
    assert notes() == []
    panel.parameters.translation = 3.5
    host.wait_until(lambda: notes() != [], 20)
    assert notes() == ["coarse while you drag"]
    refined(host, panel)
    assert notes() == []
    panel.ui.previewButton.click()
    assert notes(there=True) == []


def notes(*, there: bool = False) -> list[str]:
    """Texts drawn over the slice views; with `there`, empty ones too."""
    import slicer

    manager, found = slicer.app.layoutManager(), []
    for name in ("Red", "Yellow", "Green"):
        for renderer in manager.sliceWidget(name).sliceView().renderWindow().GetRenderers():
            actors = [a for a in renderer.GetViewProps() if a.IsA("vtkTextActor")]
            found += [actor.GetInput() or "" for actor in actors]
    return found if there else [text for text in found if text]


def test_still_and_difference_can_be_shown(host, panel, a_head_file):
    from MotionQCLib.gui.parameters import Shown

    node = begin(host, panel, a_head_file)
    refined(host, panel)
    preview = panel.simulate.preview
    still, moved = voxels(node).astype(np.float32), expected(panel, node)
    for shown, whole in ((Shown.STILL, still), (Shown.DIFFERENCE, moved - still)):
        panel.parameters.shown = shown
        host.turn()
        refined(host, panel)
        for plane in preview.planes():
            one = np.take(whole, plane.index, plane.array_axis)
            other = np.take(voxels(preview.node), plane.index, plane.array_axis)
            np.testing.assert_allclose(other, one, atol=3e-4 * moved.max())


def test_without_motion_is_without_it_however_soon_it_is_chosen(host, panel, a_head_file):
    from MotionQCLib.gui.parameters import Shown

    node = begin(host, panel, a_head_file)
    refined(host, panel)
    still, preview = voxels(node).astype(np.float32), panel.simulate.preview
    for wait in (0.0, 0.1, 0.22, 0.3):
        panel.parameters.shown = Shown.MOVED
        panel.parameters.translation = 5.0 + wait
        host.wait(wait)
        panel.parameters.shown = Shown.STILL
        host.wait(0.8)
        for plane in preview.planes():
            one = np.take(still, plane.index, plane.array_axis)
            assert np.array_equal(np.take(voxels(preview.node), plane.index, plane.array_axis), one)


def test_a_view_is_called_exact_only_when_it_is(host, panel, a_head_file):
    node = begin(host, panel, a_head_file)
    refined(host, panel)
    preview = panel.simulate.preview
    for wait in (0.05, 0.1, 0.2, 0.25, 0.3, 0.15):
        panel.parameters.translation = 2.0 + wait
        host.wait(wait)
        if "exact" in panel.ui.previewStatus.text:
            whole, shown = expected(panel, node), voxels(preview.node)
            for plane in preview.planes():
                one, other = (np.take(v, plane.index, plane.array_axis) for v in (whole, shown))
                np.testing.assert_allclose(other, one, atol=2e-4 * whole.max())


def test_a_preview_leaves_nothing_behind(host, panel, a_head_file):
    import slicer

    begin(host, panel, a_head_file)
    refined(host, panel)
    panel.ui.previewButton.click()
    before = slicer.mrmlScene.GetNumberOfNodes()
    for _ in range(3):
        panel.ui.previewButton.click()
        refined(host, panel)
        panel.ui.previewButton.click()
    assert slicer.mrmlScene.GetNumberOfNodes() == before
    assert panel.ui.trueScoresLabel.text == ""


def test_another_scan_ends_the_preview(host, panel, a_head_file, an_oblique_head_file):
    begin(host, panel, a_head_file)
    panel.ui.scanSelector.setCurrentNode(host.load_scan(an_oblique_head_file))
    host.wait_until(lambda: panel.simulate.preview.node is None, 20)
    assert not panel.ui.previewButton.checked


def test_leaving_the_module_gives_the_views_back(host, panel, a_head_file):
    begin(host, panel, a_head_file)
    host.leave_module()
    assert panel.simulate.preview.node is None
