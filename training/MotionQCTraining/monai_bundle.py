"""A model as a MONAI bundle: a folder that MONAI's tools run and that says what it is.

The bundle holds data alone: JSON, and a state dictionary of tensors that loads with
``weights_only=True``. Whoever runs it has MotionQC installed (``motionqc[gpu]``), which reads and
conforms scans as scoring does.
"""

from __future__ import annotations

import io
import json
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from MotionQCLib import __version__
from MotionQCLib.atomic_file import write_together
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, ModelMetadata
from MotionQCLib.models.ratings import OWN_LAYERS
from MotionQCLib.network import Probabilities
from MotionQCLib.scoring import RESEARCH_USE
from MotionQCLib.scoring.runtimes.torch_runtime import build_network

_MADE_FOR_MONAI = "1.6.1"


def export_bundle(model: ModelBundle, folder: Path) -> Path:
    """Write a bundle into a folder, in place of one that is there; return the folder.

    Raises
    ------
    InputError
        ``output-foreign``: the folder holds something else.
    """
    if folder.exists() and (not folder.is_dir() or _is_foreign(folder)):
        raise InputError(
            "output-foreign", f"{folder}: holds something else than a bundle; give a new folder"
        )
    write_together(
        {
            folder / "configs" / "metadata.json": _text(_metadata(model.metadata)),
            folder / "configs" / "inference.json": _text(_inference(model.metadata)),
            folder / "models" / "model.pt": _state(model),
            folder / "docs" / "README.md": _readme(model.metadata),
        }
    )
    return folder


def _is_foreign(folder: Path) -> bool:
    return any(folder.iterdir()) and not (folder / "configs" / "metadata.json").is_file()


def _state(model: ModelBundle) -> bytes:
    network = _network(model.metadata)
    network.network.load_state_dict(build_network(model).state_dict())
    buffer = io.BytesIO()
    torch.save(network.state_dict(), buffer)
    return buffer.getvalue()


def _network(metadata: ModelMetadata) -> Probabilities:
    return Probabilities(**_network_options(metadata))


def _network_options(metadata: ModelMetadata) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bins": metadata.architecture.bins,
        "grid": list(metadata.architecture.grid),
        "temperature": metadata.temperature,
    }
    if (head := metadata.ratings) is not None:
        options["ratings"] = {
            "classes": len(head.classes),
            "features": head.features,
            "hidden": head.hidden,
            "ordinal": head.ordinal,
            "own_layers": list(OWN_LAYERS[head.own_layers]),
            "temperature": head.temperature,
        }
    return options


def _inference(metadata: ModelMetadata) -> dict[str, Any]:
    """The workflow ``evaluator``: every scan of a folder, one row of probabilities each."""
    return {
        "imports": [
            "$import glob",
            "$import torch",
            "$from MotionQCLib.models import normalise",
            # One name a line, or MONAI ignores it.
            "$from MotionQCLib.scan import conform",
            "$from MotionQCLib.scan import read_scan",
        ],
        "bundle_root": ".",
        "dataset_dir": "$@bundle_root + '/data'",
        "output_dir": "$@bundle_root + '/eval'",
        "datalist": "$sorted(glob.glob(@dataset_dir + '/*.nii*'))",
        "grid": list(metadata.architecture.grid),
        "spacing_mm": metadata.spacing_mm,
        "normalisation": metadata.normalisation,
        "device": "$torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
        "network_def": {
            "_target_": "MotionQCLib.network.Probabilities",
            **_network_options(metadata),
        },
        "network": "$@network_def.to(@device)",
        **_scans_in(),
        **_probabilities_out(),
        "evaluator": {
            "_target_": "SupervisedEvaluator",
            "device": "@device",
            "val_data_loader": "@dataloader",
            "network": "@network",
            "inferer": "@inferer",
            "val_handlers": "@handlers",
        },
        "evaluating": ["$@evaluator.run()"],
    }


def _scans_in() -> dict[str, Any]:
    """How the workflow reads scans: conformed and normalised, one by one."""
    read = "conform(read_scan(path), tuple(@grid), @spacing_mm).data"
    return {
        "preprocessing": {
            "_target_": "Lambdad",
            "keys": "image",
            "func": f"$lambda path: torch.from_numpy(normalise({read}, @normalisation))[None]",
        },
        "dataset": {
            "_target_": "Dataset",
            "data": "$[{'image': path, 'filename_or_obj': path} for path in @datalist]",
            "transform": "@preprocessing",
        },
        "dataloader": {
            "_target_": "DataLoader",
            "dataset": "@dataset",
            "batch_size": 1,
            "shuffle": False,
            "num_workers": 0,
        },
    }


def _probabilities_out() -> dict[str, Any]:
    """How the workflow loads the weights, and writes what the network says."""
    return {
        "inferer": {"_target_": "SimpleInferer"},
        "handlers": [
            {
                "_target_": "CheckpointLoader",
                "load_path": "$@bundle_root + '/models/model.pt'",
                "load_dict": {"model": "@network"},
            },
            {
                "_target_": "ClassificationSaver",
                "output_dir": "@output_dir",
                "filename": "probabilities.csv",
                "batch_transform": "$lambda batch: batch",
                "output_transform": "$lambda output: [each['pred'] for each in output]",
            },
        ],
    }


def _metadata(metadata: ModelMetadata) -> dict[str, Any]:
    channels = _channels(metadata)
    return {
        "name": metadata.name,
        "version": metadata.version,
        "changelog": {metadata.version: "exported by MotionQC"},
        "monai_version": _version("monai", _MADE_FOR_MONAI),
        "pytorch_version": torch.__version__.partition("+")[0],
        "numpy_version": np.__version__,
        "required_packages_version": {"motionqc": __version__},
        "task": "How much the head moved during a T1-weighted scan",
        "description": _description(metadata),
        "authors": "stated in the model's card",
        "copyright": "stated in the model's card",
        "intended_use": RESEARCH_USE,
        "network_data_format": {
            "inputs": {
                "image": {
                    "type": "image",
                    "format": "magnitude",
                    "modality": "MR",
                    "num_channels": 1,
                    "spatial_shape": list(metadata.architecture.grid),
                    "dtype": "float32",
                    "value_range": [],
                    "is_patch_data": False,
                    "channel_def": {"0": "T1-weighted head, conformed by MotionQC"},
                }
            },
            "outputs": {
                "pred": {
                    "type": "probabilities",
                    "format": "classes",
                    "modality": "n/a",
                    "num_channels": len(channels),
                    "spatial_shape": [],
                    "dtype": "float32",
                    "value_range": [0, 1],
                    "is_patch_data": False,
                    "channel_def": {str(n): name for n, name in enumerate(channels)},
                }
            },
        },
    }


def _channels(metadata: ModelMetadata) -> list[str]:
    edges = metadata.bins.edges.tolist()
    bins = [f"motion {low:.3g} to {high:.3g} mm" for low, high in pairwise(edges)]
    rated = metadata.ratings.classes if metadata.ratings else ()
    return bins + [f"rated {name}" for name in rated]


def _description(metadata: ModelMetadata) -> str:
    words = (
        f"Probabilities of {metadata.bins.count} bins of head motion (score “{metadata.label}”, "
        f"mm; the score is their mean)"
    )
    if metadata.ratings:
        words += f" and of the ratings {', '.join(metadata.ratings.classes)}"
    return f"{words}. Weights: SHA-256 {metadata.sha256}."


def _readme(metadata: ModelMetadata) -> str:
    return "\n".join(
        [
            f"# {metadata.name} {metadata.version} ({metadata.status})",
            "",
            f"{_description(metadata)} {RESEARCH_USE}",
            "",
            "It needs `motionqc[gpu]`, `monai`, `pytorch-ignite` and `fire`. Put scans (NIfTI)",
            "into `data/`; the probabilities of each become a row of `eval/probabilities.csv`, in",
            "the order of `channel_def` in `configs/metadata.json`:",
            "",
            "```shell",
            "python -m monai.bundle run evaluating --config_file configs/inference.json \\",
            "    --meta_file configs/metadata.json --bundle_root .",
            "```",
            "",
        ]
    )


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _version(name: str, otherwise: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return otherwise
