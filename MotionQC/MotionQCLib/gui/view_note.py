"""A word in a slice view, where the reader looks."""

from __future__ import annotations

from typing import Any

import slicer
import vtk

_COLOR = (1.0, 0.8, 0.2)
_SIZE = 15


class ViewNotes:
    """Texts at the lower edge of slice views."""

    def __init__(self) -> None:
        self._actors: dict[str, Any] = {}

    def show(self, texts: dict[str, str]) -> None:
        """Show a text in each view named, and none in the others."""
        for view in [*self._actors, *texts]:
            self._put(view, texts.get(view, ""))

    def clear(self) -> None:
        """Take all texts away."""
        for view, actor in self._actors.items():
            renderer = _renderer(view)
            if renderer is not None:
                renderer.RemoveViewProp(actor)
        self.show({})
        self._actors.clear()

    def _put(self, view: str, text: str) -> None:
        renderer = _renderer(view)
        if renderer is None:
            return
        if view not in self._actors:
            self._actors[view] = _make_actor()
            renderer.AddViewProp(self._actors[view])
        actor = self._actors[view]
        if (actor.GetInput() or "") != text:
            actor.SetInput(text)
            slicer.app.layoutManager().sliceWidget(view).sliceView().scheduleRender()


def _make_actor() -> Any:
    actor = vtk.vtkTextActor()
    actor.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    actor.SetPosition(0.5, 0.02)
    style = actor.GetTextProperty()
    style.SetJustificationToCentered()
    style.SetFontSize(_SIZE)
    style.SetColor(*_COLOR)
    style.SetShadow(True)
    return actor


def _renderer(view: str) -> Any:
    """The view's topmost renderer, above the image."""
    widget = slicer.app.layoutManager().sliceWidget(view)
    if widget is None:
        return None
    renderers = widget.sliceView().renderWindow().GetRenderers()
    return renderers.GetItemAsObject(renderers.GetNumberOfItems() - 1)
