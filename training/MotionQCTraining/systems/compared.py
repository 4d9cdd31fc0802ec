"""Other models beside a published system, on the same rated scans: their frozen maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, ModelMetadata, find_model
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.provenance import checksums, require_unseen
from MotionQCTraining.embeddings import embed
from MotionQCTraining.slug import slug
from MotionQCTraining.systems.classing import Contest


def models_to_compare(models: Sequence[str], rated: Sequence[Row]) -> list[ModelBundle]:
    """Return models, after making sure that none was made from a scan that is rated.

    Parameters
    ----------
    models : sequence of str
        Names or files.
    rated : sequence of Row
        Scans with ratings, or those that ratings by rule are made of.

    Raises
    ------
    InputError
        ``seen-scans``; ``unknown-training`` where a model does not list its scans; ``config``: two
        models have one name; or what opening them raises.
    """
    bundles = [find_model(model) for model in models]
    if len({slug(bundle.metadata.name) for bundle in bundles}) < len(bundles):
        raise InputError(
            "config", "compared: two models have one name, but for signs; give each its own"
        )
    sums = checksums(rated) if bundles else []
    for bundle in bundles:
        require_unseen(bundle.metadata, rated, sums)
    return bundles


def frozen_maps(bundle: ModelBundle, contest: Contest, folder: Path) -> list[NDArray[np.float32]]:
    """Return a model's flattened map of every scan, conformed as that model's scores are.

    Parameters
    ----------
    bundle : ModelBundle
        The model.
    contest : Contest
        Whose scans.
    folder : Path
        Where maps are kept.
    """
    maps = embed(contest.scans.rows, bundle, folder, report=contest.run.say).maps
    return [each.reshape(-1) for each in maps]


def own_folder(metadata: ModelMetadata) -> str:
    """Return what the folder of a model's fits is called, whatever other models have its name."""
    return f"{slug(metadata.name)}-{metadata.sha256[:8]}"
