"""What the child says of its progress, in the user's language."""

from __future__ import annotations

from slicer.i18n import tr as _


def stage_name(stage: str) -> str:
    """Return a stage of a job as the panel says it; one that is unknown as the child said it."""
    names = {
        "starting": _("Starting"),
        "loading the model": _("Loading the model"),
        "reading the scan": _("Reading the scan"),
        "preparing the scan": _("Preparing the scan"),
        "finding the head": _("Finding the head"),
        "running the network": _("Running the network"),
        "checking the scan": _("Checking the scan"),
        "moving the head": _("Moving the head"),
        "writing": _("Writing"),
        "looking for a GPU": _("Looking for a GPU"),
    }
    return names.get(stage, stage.capitalize())
