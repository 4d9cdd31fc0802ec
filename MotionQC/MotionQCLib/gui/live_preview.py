"""The live preview: a volume node of its own, of which the planes in view follow the sliders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import slicer
from numpy.typing import NDArray
from slicer.i18n import tr as _

from MotionQCLib.gui.later import Later
from MotionQCLib.gui.new_volume import Look, add_volume
from MotionQCLib.gui.parameters import Shown
from MotionQCLib.gui.scan_volume import affine_of, scan_of
from MotionQCLib.gui.slice_views import Plane, SliceViews
from MotionQCLib.gui.view_note import ViewNotes
from MotionQCLib.motion import MotionScores, Trajectory
from MotionQCLib.motion.mixing import Output
from MotionQCLib.motion.preview import Preview
from MotionQCLib.resampling.threads import run_parallel

Image = NDArray[np.float32]

_COARSE_AFTER_MS = 5
"""How long the window has for painting the exact planes before the coarse one is computed."""
_SCORES_AFTER_MS = 120
"""How long after a motion its scores are told: laying out the text would hold up the views."""
_REFINE_AFTER_MS = 200
"""How long nothing may change before a coarse plane is made exact."""
ATTRIBUTE = "MotionQC.Preview"


class LivePreview:
    """Shows what a trajectory does to a volume, as fast as it changes; the source is never touched.

    Parameters
    ----------
    scored : callable
        Told the motion scores of what is shown.
    refined : callable
        Told True once all planes are exact, and False while one is coarse.
    """

    def __init__(
        self, scored: Callable[[MotionScores], None], refined: Callable[[bool], None]
    ) -> None:
        self._scored, self._refined = scored, refined
        self._views = SliceViews(self.request)
        self._notes = ViewNotes()
        self._preview: Preview | None = None
        self._trajectory: Trajectory | None = None
        self._output: Output = "magnitude"
        self._shown = Shown.MOVED
        self._window: tuple[float, float] | None = None
        self._exact: dict[Plane, Image] = {}
        self._strips: Iterator[None] | None = None
        self.node: slicer.vtkMRMLScalarVolumeNode | None = None
        self._update = Later(0, self._draw)
        self._tell_scores = Later(_SCORES_AFTER_MS, self._score)
        self._score_on = Later(0, self._score)
        self._coarse = Later(_COARSE_AFTER_MS, self._draw_coarse)
        self._refine = Later(_REFINE_AFTER_MS, self._begin_refining, restart=True)
        self._next_strip = Later(0, self._draw_strip)

    @property
    def running(self) -> bool:
        """Whether the views show a preview."""
        return self.node is not None

    @property
    def trajectory(self) -> Trajectory | None:
        """The motion shown, about its settled pivot."""
        if self._trajectory is None or self._preview is None or self._trajectory.pivot is not None:
            return self._trajectory
        return self._trajectory.about(self._preview.center)

    def start(self, source: slicer.vtkMRMLScalarVolumeNode) -> None:
        """Take the views and show the volume there.

        Raises
        ------
        InputError
            The volume is no scan.
        """
        self.stop()
        scan = scan_of(source)
        self._preview = Preview(scan.data, scan.affine)
        self.node = _copy_for_display(source, self._preview.volume)
        self._views.hold(self.node, affine_of(source), scan.shape)
        self._views.snap()
        self._window = _window_of(self.node)

    def show(self, trajectory: Trajectory, output: Output, shown: Shown) -> None:
        """Show another motion, soon; of many requests in a row only the last is drawn."""
        self._trajectory, self._output = trajectory, output
        if shown is not self._shown:
            self._change_window(shown)
        self.request()

    def request(self) -> None:
        """Draw the planes in view, once, when the event loop comes round."""
        if self.running:
            self._update.request()

    def stop(self) -> None:
        """Give the views back and remove the preview's node."""
        for later in (self._update, self._tell_scores, self._score_on, self._coarse):
            later.cancel()
        self._stop_refining()
        self._exact = {}
        self._notes.clear()
        self._views.release()
        if self.node is not None and self.node.GetScene() is not None:
            display = self.node.GetDisplayNode()
            slicer.mrmlScene.RemoveNode(self.node)
            slicer.mrmlScene.RemoveNode(display)
        self.node = self._preview = self._trajectory = None
        self._shown = Shown.MOVED

    def planes(self) -> list[Plane]:
        """Return the planes of voxels in view."""
        return self._views.planes()

    def _draw(self) -> None:
        """Draw the planes that are quick, and have the others drawn once the views show these."""
        if self._preview is None or self._trajectory is None or self.node is None:
            return
        self._stop_refining()
        self._coarse.cancel()
        self._views.snap()
        quick, across = self._planes_by_speed()
        self._exact = self._drawn(quick, self._preview.plane)
        self._show(self._exact, self._views_of(quick))
        self._tell_scores.request()
        self._mark(across)
        if across:
            self._coarse.request()

    def _score(self) -> None:
        """Tell the scores once the views are drawn: a slab axis' first take several turns."""
        if self._preview is None or self._trajectory is None:
            return
        if self._preview.prepare_scores(self._trajectory.axis):
            self._scored(self._preview.scores(self._trajectory))
        else:
            self._score_on.request()

    def _stop_refining(self) -> None:
        self._strips = None
        self._refine.cancel()
        self._next_strip.cancel()

    def _draw_coarse(self) -> None:
        if self._preview is None or self.node is None:
            return
        self._stop_refining()
        _, across = self._planes_by_speed()
        # The exact planes come last: where planes cross, theirs are the values to be seen.
        drawn = {**self._drawn(across, self._preview.coarse_plane), **self._exact}
        self._show(drawn, self._views_of(across))
        self._refine.request()

    def _planes_by_speed(self) -> tuple[list[Plane], list[Plane]]:
        """The planes in view: those that can be drawn exactly at once, and those that cannot."""
        assert self._preview is not None
        assert self._trajectory is not None
        planes = {(plane.array_axis, plane.index): plane for plane in self._views.planes()}
        quick: list[Plane] = []
        across: list[Plane] = []
        for plane in planes.values():
            exact = self._shown is Shown.STILL or self._preview.contains_slab_axis(
                self._trajectory, plane.array_axis
            )
            (quick if exact else across).append(plane)
        return quick, across

    def _drawn(self, planes: list[Plane], method: Callable[..., Image]) -> dict[Plane, Image]:
        drawn: dict[Plane, Image] = {}

        def draw(plane: Plane) -> None:
            if self._shown is Shown.STILL:
                drawn[plane] = self._still(plane)
            else:
                where = (self._trajectory, plane.array_axis, plane.index)
                drawn[plane] = method(*where, self._output)

        run_parallel(draw, planes)
        return drawn

    def _show(self, drawn: dict[Plane, Image], first: list[Plane]) -> None:
        """Write planes, and draw the views first that show what is new."""
        for plane, values in drawn.items():
            self._write(plane, slice(None), values)
        slicer.util.arrayFromVolumeModified(self.node)
        self._views.draw(first)

    def _views_of(self, planes: list[Plane]) -> list[Plane]:
        """Every view's plane that is one of these; two views may show one plane."""
        places = {(plane.array_axis, plane.index) for plane in planes}
        return [p for p in self._views.planes() if (p.array_axis, p.index) in places]

    def _mark(self, coarse: list[Plane]) -> None:
        """Say in a view itself that it is not exact yet."""
        note = _("coarse while you drag")
        self._notes.show({plane.view: note for plane in self._views_of(coarse)})
        self._refined(not coarse)

    def _begin_refining(self) -> None:
        self._strips = self._refined_strips()
        self._next_strip.request()

    def _draw_strip(self) -> None:
        """Draw one strip and come back for the next, so that the window stays alive."""
        if self._strips is None or self.node is None:
            return
        if next(self._strips, "done") == "done":
            self._strips = None
            slicer.util.arrayFromVolumeModified(self.node)
            self._mark([])
        else:
            self._next_strip.request()

    def _refined_strips(self) -> Iterator[None]:
        assert self._preview is not None
        assert self._trajectory is not None
        for plane in self._planes_by_speed()[1]:
            pieces = self._preview.strips(
                self._trajectory, plane.array_axis, plane.index, self._output
            )
            for rows, values in pieces:
                self._write(plane, rows, values)
                yield

    def _write(self, plane: Plane, rows: slice, values: Image) -> None:
        if self._shown is Shown.DIFFERENCE:
            values = values - self._still(plane)[rows]
        voxels = slicer.util.arrayFromVolume(self.node).transpose(2, 1, 0)
        np.moveaxis(voxels, plane.array_axis, 0)[plane.index][rows] = values

    def _still(self, plane: Plane) -> Image:
        assert self._preview is not None
        return np.take(self._preview.volume, plane.index, plane.array_axis)

    def _change_window(self, shown: Shown) -> None:
        """A difference has a window of its own; the user's comes back after it."""
        assert self.node is not None
        if self._shown is not Shown.DIFFERENCE:
            self._window = _window_of(self.node)
        self._shown = shown
        display = self.node.GetDisplayNode()
        if self._window is not None and display is not None:
            window, level = self._window
            difference = shown is Shown.DIFFERENCE
            display.SetWindowLevel(window / 2 if difference else window, 0 if difference else level)


def _copy_for_display(
    source: slicer.vtkMRMLScalarVolumeNode, volume: Image
) -> slicer.vtkMRMLScalarVolumeNode:
    """A new volume on the source's grid, seen as the source is; not saved with the scene."""
    # The source's parent transform is ignored: the views are aligned with the volume's own axes.
    look = replace(Look.of(source), transform=None)
    node = add_volume(_("{name} moving").format(name=source.GetName()), volume, look)
    node.SetSaveWithScene(False)
    node.GetDisplayNode().SetSaveWithScene(False)
    node.SetAttribute(ATTRIBUTE, source.GetID())
    return node


def _window_of(node: slicer.vtkMRMLScalarVolumeNode) -> tuple[float, float] | None:
    display = node.GetDisplayNode()
    return (display.GetWindow(), display.GetLevel()) if display is not None else None
