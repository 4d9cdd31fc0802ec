"""What a number looks like on this head: the scan beside itself with 1 to 4 mm of motion put in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import qt
from numpy.typing import NDArray
from slicer.i18n import tr as _

from MotionQCLib.gui.later import Later
from MotionQCLib.gui.pictures import (
    axis_of_view,
    pixel_size,
    pixmap_of,
    to_bytes,
    upright,
    window_of,
)
from MotionQCLib.gui.scan_volume import affine_of, scan_of
from MotionQCLib.motion import Trajectory
from MotionQCLib.motion.patterns import make_trajectory
from MotionQCLib.motion.preview import Preview
from MotionQCLib.motion.trajectory import Axis
from MotionQCLib.scoring.report_page import Slice

STEPS_MM = (1.0, 2.0, 3.0, 4.0)
_HEIGHT = 300
_AXIS: Axis = "AP"
_SEED = 20


class _Plane(NamedTuple):
    """What one picture shows: values across an array axis."""

    column: int
    axis: int
    values: NDArray[np.float32]


class VisualScale:
    """A window with five pictures of one slice: as it is, and with known motion."""

    def __init__(self) -> None:
        self.window: Any = None
        self.preview: Preview | None = None
        self.motions: list[Trajectory] = []
        self._prepare_later = Later(0, self._prepare)
        self._draw_later = Later(0, self._draw)
        self._draw_on = Later(0, self._draw_next)
        self._undrawn: Iterator[_Plane] = iter(())

    def open(self, node: Any) -> None:
        """Show a volume's scale, about the middle of its brain; its pictures appear one by one.

        Raises
        ------
        InputError
            The volume is no scan.
        """
        self.close()
        scan = scan_of(node)
        self.preview = Preview(scan.data, scan.affine)
        self._affine = affine_of(node)
        self._limits = window_of(node, scan.data)
        self._build(node.GetName())
        self._on_view()
        self.window.show()
        self._prepare_later.request()

    def close(self) -> None:
        """Close the window."""
        for later in (self._prepare_later, self._draw_later, self._draw_on):
            later.cancel()
        self.motions = []
        self._undrawn = iter(())
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None
        self.preview = None

    def _build(self, name: str) -> None:
        self.window = qt.QWidget()
        self.window.objectName = "MotionQCVisualScale"
        self.window.windowTitle = _("{name}: what motion would look like").format(name=name)
        layout = qt.QGridLayout(self.window)
        self.pictures: list[Any] = []
        self._captions: list[Any] = []
        titles = [_("This scan"), *(_("{mm:g} mm put in").format(mm=mm) for mm in STEPS_MM)]
        for column, title in enumerate(titles):
            picture, caption = qt.QLabel(self.window), qt.QLabel(title, self.window)
            caption.setAlignment(qt.Qt.AlignCenter)
            picture.setStyleSheet("background: black")
            layout.addWidget(picture, 0, column)
            layout.addWidget(caption, 1, column)
            self.pictures.append(picture)
            self._captions.append(caption)
        self._view = qt.QComboBox(self.window)
        # In the order of the world's axes, which the views lie across.
        for title in (_("Sagittal"), _("Coronal"), _("Axial")):
            self._view.addItem(title)
        self._slider = qt.QSlider(qt.Qt.Horizontal, self.window)
        self._slider.setToolTip(_("Which slice is shown"))
        note = qt.QLabel(
            _(
                "Sudden steps about the brain's centre, slow axis front to back; motion that was "
                "there before stays in all five pictures."
            ),
            self.window,
        )
        note.setWordWrap(True)
        layout.addWidget(self._view, 2, 0)
        layout.addWidget(self._slider, 2, 1, 1, len(STEPS_MM))
        layout.addWidget(note, 3, 0, 1, len(STEPS_MM) + 1)
        self._view.connect("currentIndexChanged(int)", self._on_view)
        self._slider.connect("valueChanged(int)", self._draw_later.request)

    def _on_view(self) -> None:
        """Begin with the slice through the middle of the brain."""
        assert self.preview is not None
        axis = self._array_axis()
        position = np.linalg.inv(self._affine) @ [*self.preview.center, 1.0]
        last = self.preview.volume.shape[axis] - 1
        self._slider.blockSignals(True)
        self._slider.setRange(0, last)
        self._slider.setValue(int(np.clip(round(position[axis]), 0, last)))
        self._slider.blockSignals(False)
        self._draw_later.request()

    def _array_axis(self) -> int:
        return axis_of_view(self._affine, self._view.currentIndex)

    def _prepare(self) -> None:
        """Find out how large the motions must be, in several turns of the event loop."""
        if self.preview is None:
            return
        if not self.preview.prepare_scores(_AXIS):
            self._prepare_later.request()
            return
        drawn = make_trajectory(
            "steps", events=4, rotation_deg=2, translation_mm=2, axis=_AXIS, seed=_SEED
        ).about(self.preview.center)
        self.motions = [self.preview.scaled_to_score(drawn, mm) for mm in STEPS_MM]
        self._draw_later.request()

    def _draw(self) -> None:
        """Draw all pictures anew, each in a turn of its own."""
        if self.preview is not None:
            self._undrawn = self._planes(self.preview)
            self._draw_next()

    def _planes(self, preview: Preview) -> Iterator[_Plane]:
        """The plane of every picture, each computed when it is asked for."""
        axis, index = self._array_axis(), self._slider.value
        yield _Plane(0, axis, np.take(preview.volume, index, axis))
        for column, motion in enumerate(self.motions, start=1):
            quick = preview.contains_slab_axis(motion, axis)
            method = preview.plane if quick else preview.coarse_plane
            yield _Plane(column, axis, method(motion, axis, index))

    def _draw_next(self) -> None:
        plane = next(self._undrawn, None)
        if plane is None:
            return
        gray = to_bytes(upright(plane.values, self._affine, plane.axis), self._limits)
        title = self._captions[plane.column].text
        picture = Slice(title, gray, pixel_size(self._affine, plane.axis))
        self.pictures[plane.column].setPixmap(pixmap_of(picture, _HEIGHT))
        self._draw_on.request()
