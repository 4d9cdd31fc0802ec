"""Which models there are, for the selector, and what their cards say."""

from __future__ import annotations

from MotionQCLib.models import ModelEntry, list_models


def usable_models() -> list[ModelEntry]:
    """Return the models that can be chosen; a damaged one stays listed, with its problem."""
    return list_models()


def card_of(entry: ModelEntry) -> str:
    """Return a model's card as text: its own Markdown file, else its metadata in words."""
    if entry.metadata is None:
        return entry.problem
    card = entry.path.with_suffix(".md")
    if card.is_file():
        return card.read_text(encoding="utf-8", errors="replace")
    metadata = entry.metadata
    return (
        f"# {metadata.name} {metadata.version}\n\nStatus: {metadata.status}. "
        f"Predicts the “{metadata.label}” score in mm. No card came with this model.\n"
    )
