"""Rows of a manifest from where scans lie."""

from __future__ import annotations

from pathlib import Path

from MotionQCLib.errors import InputError
from MotionQCTraining.data.manifest import Row


def bids_rows(folder: str | Path) -> list[Row]:
    """Return a row for every T1w image of a BIDS folder, or of a folder of BIDS folders.

    The site is the dataset's folder; a ``desc-brain_mask`` beside the image becomes its mask.
    """
    folder = Path(folder)
    rows = []
    for image in sorted(folder.rglob("sub-*_T1w.nii.gz")):
        subject = image.name.split("_")[0]
        parents = [parent for parent in image.parents if (parent / subject).is_dir()]
        dataset = parents[0] if parents else folder
        mask = image.with_name(image.name.replace("_T1w.", "_desc-brain_mask."))
        rows.append(
            Row(
                path=str(image.resolve()),
                subject=subject,
                site=dataset.resolve().name,
                mask=str(mask.resolve()) if mask.exists() else "",
            )
        )
    if not rows:
        raise InputError("manifest", f"{folder}: holds no sub-*_T1w.nii.gz; give a BIDS folder")
    return rows
