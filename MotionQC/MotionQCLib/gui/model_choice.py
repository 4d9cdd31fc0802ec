"""The model selector: which models there are, and the chosen one's card and reference scores."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui.model_card import card_of
from MotionQCLib.models import DEFAULT_MODEL, ModelEntry, list_models

HELD_OUT = "held-out subjects"
"""The row of an evaluation that repeats the sources' own scans together."""


class ModelChoice:
    """Keeps the selector and the scene's parameters in step.

    Parameters
    ----------
    selector, card_button : widgets
        Of the panel.
    field : str
        The parameter that holds the chosen model's name.
    """

    def __init__(self, selector: Any, card_button: Any, field: str = "model") -> None:
        self._selector, self._field = selector, field
        self._parameters: Any = None
        self._models: list[ModelEntry] = []
        selector.connect("currentIndexChanged(int)", self._on_chosen)
        card_button.connect("clicked()", self._on_card)

    def connect(self, parameters: Any) -> str:
        """List the models and choose that of a scene's ``MotionQCParameters``.

        Returns
        -------
        str
            What to say where that one is not installed; else empty.
        """
        self._models = list_models()
        names = [entry.name for entry in self._models]
        self._selector.blockSignals(True)
        self._selector.clear()
        for entry in self._models:
            damaged = _(" (damaged)") if entry.metadata is None else ""
            self._selector.addItem(entry.name + damaged)
        wanted = getattr(parameters, self._field)
        chosen = wanted if wanted in names else DEFAULT_MODEL
        self._selector.currentIndex = names.index(chosen) if chosen in names else 0
        self._selector.blockSignals(False)
        self._parameters = parameters
        if not wanted or wanted in names:
            return ""
        return _("This scene was scored with {wanted}, which is not installed here.").format(
            wanted=wanted
        )

    def offer(self, name: str) -> None:
        """List a model that has come to be, and choose it."""
        if self._parameters is not None:
            setattr(self._parameters, self._field, name)
            self.connect(self._parameters)

    def disconnect(self) -> None:
        """Forget the scene's parameters."""
        self._parameters = None

    def set_enabled(self, enabled: bool) -> None:
        """Whether another model may be chosen."""
        self._selector.enabled = enabled

    def entry(self) -> ModelEntry:
        """Return the chosen model.

        Raises
        ------
        InputError
            There is none.
        """
        index = self._selector.currentIndex
        if not 0 <= index < len(self._models):
            raise InputError("model-missing", _("There is no model; reinstall the extension."))
        return self._models[index]

    def path(self) -> str:
        """Return the chosen model's file.

        Raises
        ------
        InputError
            There is none, or it is damaged.
        """
        entry = self.entry()
        if entry.metadata is None:
            raise InputError("model-damaged", f"{entry.name}: {entry.problem}")
        return str(entry.path)

    def reference_scores(self) -> dict[str, list[float]]:
        """Return scores, mm, of unmodified scans that the model has not seen, by source."""
        metadata = self.entry().metadata
        tested = metadata.metrics.get("test", {}).get("model", {}) if metadata is not None else {}
        return {
            source: [float(value) for value in figures["still_mm"]]
            for source, figures in tested.items()
            if figures.get("still_mm") and source != HELD_OUT
        }

    def _on_chosen(self, index: int) -> None:
        if self._parameters is not None and 0 <= index < len(self._models):
            setattr(self._parameters, self._field, self._models[index].name)

    def _on_card(self) -> None:
        try:
            entry = self.entry()
        except InputError as error:
            slicer.util.errorDisplay(error.message)
            return
        slicer.util.infoDisplay(card_of(entry), windowTitle=entry.name)
