"""Volumes of the scene that are scored one after the other, in a child that stays warm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui.pace import Pace
from MotionQCLib.gui.scoring import Scoring, ScoringChoices, ends_all
from MotionQCLib.gui.stages import stage_name
from MotionQCLib.jobs import Failure, Listener


@dataclass(frozen=True)
class RoundListener:
    """Whom a round tells.

    Parameters
    ----------
    changed : callable
        A scan has begun, or the round is over.
    scored : callable
        Told a node and the JSON form of its result.
    failed : callable
        Told a node that has no score, and why.
    said : callable
        Told a line for people, and its details.
    """

    changed: Callable[[], None]
    scored: Callable[[Any, Mapping[str, Any]], None]
    failed: Callable[[Any, Failure], None]
    said: Callable[[str, str], None]


class ScoringRound:
    """Scores what it is given; what is asked for while a round lasts joins it.

    A volume at fault ends no round; what would keep every other one from its score, such as a
    model that is damaged, does.

    Parameters
    ----------
    scoring : Scoring
        Scores one volume.
    choices : callable
        Says how; asked before each volume.
    listener : RoundListener
        Hears what becomes of them.

    Attributes
    ----------
    pace : Pace
        How far the round is.
    """

    def __init__(
        self,
        scoring: Scoring,
        choices: Callable[[], ScoringChoices],
        listener: RoundListener,
    ) -> None:
        self._scoring, self._choices, self._listener = scoring, choices, listener
        self._waiting: list[Any] = []
        self.pace = Pace()

    @property
    def several(self) -> bool:
        """Whether the round has more than one volume."""
        return self.pace.total > 1

    def add(self, *nodes: Any) -> None:
        """Score volumes, after those that wait already."""
        self._waiting.extend(nodes)
        self.pace.total += len(nodes)
        if not self._scoring.busy:
            self._listener.said("", "")
            self._go_on()

    def stop(self) -> None:
        """Stop the scan at hand and let the others be; the scores so far are kept."""
        self._scoring.stop()

    def abandon(self) -> None:
        """End at once: the volumes are about to go."""
        self._clear()
        self._scoring.abandon()

    def _go_on(self) -> None:
        """Begin with the next one, unless that is at fault itself."""
        while not self._scoring.busy and (node := self._take()) is not None:
            self._begin(node)
        if not self._scoring.busy:
            self._end()

    def _take(self) -> Any:
        """The one that has waited longest and is still in the scene, or None."""
        while self._waiting:
            node = self._waiting.pop(0)
            if node.GetScene() is not None:
                return node
            self.pace.total -= 1
        return None

    def _begin(self, node: Any) -> None:
        name = node.GetName()
        listener = Listener(
            lambda result: self._finish(node, result),
            lambda failure: self._fail(node, failure),
            self._stopped,
            lambda stage, done: self._tell_stage(name, stage),
        )
        try:
            self._scoring.start(node, self._choices(), listener)
        except InputError as error:
            self._lose(node, Failure(error.code, error.message))
            return
        self._listener.changed()

    def _tell_stage(self, name: str, stage: str) -> None:
        said = stage_name(stage) + " …"
        self._listener.said(f"{name}: {said}" if self.several else said, "")

    def _finish(self, node: Any, result: Mapping[str, Any]) -> None:
        self.pace.advance()
        self._listener.said("", "")
        if node.GetScene() is not None:
            self._listener.scored(node, result)
        self._go_on()

    def _fail(self, node: Any, failure: Failure) -> None:
        self._lose(node, failure)
        self._go_on()

    def _lose(self, node: Any, failure: Failure) -> None:
        self.pace.advance(failed=True)
        message = failure.message
        if failure.code == "no-gpu":
            message = _("No GPU can be used here; choose another device.")
        self._listener.said(message, failure.details)
        if ends_all(failure.code):
            self._clear()
        elif self.several and node.GetScene() is not None:
            self._listener.failed(node, Failure(failure.code, message, failure.details))

    def _stopped(self) -> None:
        said = _("Stopped.")
        if self.several:
            said = _("Stopped: {scored} of {total} scans have a score.").format(
                scored=self.pace.scored, total=self.pace.total
            )
        self._clear()
        self._listener.changed()
        self._listener.said(said, "")

    def _end(self) -> None:
        """Say what has become of a round of several; one scan's own line stays."""
        if self.several:
            self._listener.said(self.pace.outcome, "")
        self._clear()
        self._listener.changed()

    def _clear(self) -> None:
        self._waiting.clear()
        self.pace.begin(0)
