"""What a model's card says."""

from __future__ import annotations

from MotionQCLib.models import ModelEntry


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
