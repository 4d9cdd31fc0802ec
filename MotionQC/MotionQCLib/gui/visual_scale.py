"""What a number looks like on this head: the scan beside itself with 1 to 4 mm of motion put in."""

from __future__ import annotations

from typing import Any

import numpy as np
import qt
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
from MotionQCLib.motion import gradient_energy
from MotionQCLib.motion.patterns import make_trajectory
from MotionQCLib.motion.preview import Preview
from MotionQCLib.motion.score import scaled_to_score
from MotionQCLib.motion.trajectory import Axis
from MotionQCLib.scoring.report_page import Slice

STEPS_MM = (1.0, 2.0, 3.0, 4.0)
_HEIGHT = 300
_AXIS: Axis = "AP"
_SEED = 20


class VisualScale:
    """A window with five pictures of one slice: as it is, and with known motion."""

    def __init__(self) -> None:
        self.window: Any = None
        self.preview: Preview | None = None
        self._draw_later = Later(0, self._draw)

    def open(self, node: Any) -> None:
        """Show a volume's scale, about the middle of its brain.

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
        drawn = make_trajectory(
            "steps", events=4, rotation_deg=2, translation_mm=2, axis=_AXIS, seed=_SEED
        )
        center = self.preview.center
        energy = gradient_energy(self.preview.volume, self._affine, _AXIS, center)
        self.motions = [scaled_to_score(drawn.about(center), mm, energy, center) for mm in STEPS_MM]
        self._build(node.GetName())
        self._on_view()
        self.window.show()

    def close(self) -> None:
        """Close the window."""
        self._draw_later.cancel()
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

    def _draw(self) -> None:
        if self.preview is None or self.window is None:
            return
        axis, index = self._array_axis(), self._slider.value
        planes = [np.take(self.preview.volume, index, axis)]
        for motion in self.motions:
            quick = self.preview.contains_slab_axis(motion, axis)
            method = self.preview.plane if quick else self.preview.coarse_plane
            planes.append(method(motion, axis, index))
        for label, caption, plane in zip(self.pictures, self._captions, planes, strict=True):
            gray = to_bytes(upright(plane, self._affine, axis), self._limits)
            picture = Slice(caption.text, gray, pixel_size(self._affine, axis))
            label.setPixmap(pixmap_of(picture, _HEIGHT))
