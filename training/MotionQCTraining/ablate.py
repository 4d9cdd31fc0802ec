"""What helps: short runs that differ in one thing each, trained and judged on the same volumes.

A row is a run folder of its own, and all rows share the scans that they prepare. What has been
trained and asked is on disk, so that an ablation that was stopped goes on where it was.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from MotionQCLib.atomic_file import write_atomically, write_together
from MotionQCLib.models import ModelBundle, load_bundle
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.evaluation.ablation import FLOOR, Ablation
from MotionQCTraining.evaluation.summaries import HELD_OUT, Figures
from MotionQCTraining.evaluation.tables import Table
from MotionQCTraining.pretrain import newest_checkpoint, pretrain
from MotionQCTraining.run_record import as_yaml, plain_values
from MotionQCTraining.running.session import Session
from MotionQCTraining.running.stopping import Stopped
from MotionQCTraining.slug import slug

TABLE_NAME, REPORT_NAME = "ablation.tsv", "ablation.json"

JudgeRow = Callable[[ModelBundle, Path, bool], dict[str, Any]]
"""Judges a model in a folder, and the floor too where that is asked for; returns the report."""

_COLUMNS = (
    ("held_out_r2", "R²", ".2f"),
    ("held_out_mae_mm", "MAE (mm)", ".2f"),
    ("left_out_r2", "R², left out", ".2f"),
    ("left_out_mae_mm", "MAE, left out (mm)", ".2f"),
    ("foreign_r2_correlation", "squared correlation, TorchIO", ".2f"),
    ("continuous_r2", "R², continuous", ".2f"),
    ("still_mm", "still (mm)", ".2f"),
    ("displaced_mm", "still, displaced (mm)", ".2f"),
    ("displacement_mm", "change by that (mm)", ".2f"),
)


def ablate(
    ablation: Ablation,
    rows: Sequence[Row],
    output: Path,
    judge: JudgeRow,
    session: Session,
    overrides: Sequence[str] = (),
) -> dict[str, dict[str, Any]]:
    """Train and judge every row, or go on doing so.

    Parameters
    ----------
    ablation : Ablation
        The rows.
    rows : sequence of Row
        The scans to train on.
    output : Path
        Folder: ``ablation.tsv`` and ``ablation.json`` after every row; ``rows/``, a run each.
    judge : callable
        Judges a row's model.
    session : Session
        Who is told, and who may stop it.
    overrides : sequence of str
        Fields of all rows' configurations, ``name=value`` each, before a row's own.

    Returns
    -------
    dict
        ``asks``, ``changes``, ``fields`` (all that differ from the preset) and figures, by row.

    Raises
    ------
    Stopped
        It was asked to.
    InputError
        As :func:`.pretrain` and the judge.
    """
    configs = configs_of(ablation, overrides)
    found: dict[str, dict[str, Any]] = {}
    for number, (name, config) in enumerate(configs.items(), start=1):
        session.say(f"{name} ({number} of {len(configs)})")
        folder = output / "rows" / config.name
        model = _trained(config, rows, folder, output / "scans", session)
        report = judge(load_bundle(model), folder / "evaluation", number == 1)
        row = ablation.rows[name]
        found[name] = {
            "asks": row.asks,
            "changes": list(row.changes),
            "fields": list(ablation.overrides(name, overrides)),
            **row_figures(report),
        }
        if "floor" in report:
            of_floor = {"asks": "what simple features tell", "changes": [], "fields": []}
            found[FLOOR] = of_floor | _floor(report)
        _write(output, found)
    return found


def configs_of(ablation: Ablation, overrides: Sequence[str] = ()) -> dict[str, PretrainConfig]:
    """Return the configuration of every row by its name; ``overrides`` as for :func:`ablate`.

    Raises
    ------
    InputError
        ``config``: a field is at fault.
    """
    return {name: _config(ablation, name, overrides) for name in ablation.rows}


def row_figures(report: dict[str, Any]) -> Figures:
    """Return a row's figures from the report of its evaluation; None where there are none."""
    still = report.get("still", {}).values()
    return {
        **_figures(
            report.get("model", {}),
            report.get("foreign", {}),
            report.get("continuous", {}),
            report.get("left_out", ()),
        ),
        "displaced_mm": _mean([site["displaced_mean_mm"] for site in still]),
        "displacement_mm": _mean([abs(site["median_change_mm"]) for site in still]),
    }


def table(found: dict[str, dict[str, Any]]) -> Table:
    """Return the ablation as a table, a row a run."""
    return Table(
        "What helps",
        "",
        ("run", *(title for _, title, _ in _COLUMNS)),
        tuple(
            (name, *(_cell(figures.get(key), form) for key, _, form in _COLUMNS))
            for name, figures in found.items()
        ),
    )


def _config(ablation: Ablation, name: str, overrides: Sequence[str]) -> PretrainConfig:
    fields = ablation.overrides(name, overrides)
    # A folder is of these fields alone: with others, a row is another run.
    digest = hashlib.sha256("\n".join([ablation.base, *fields]).encode()).hexdigest()[:8]
    called = f"name={slug(name)}-{digest}"
    return load_config(ablation.base, PretrainConfig, [*fields, called])


def _trained(
    config: PretrainConfig, rows: Sequence[Row], folder: Path, scans: Path, session: Session
) -> Path:
    """Train a row, unless its model is there already and as new as its last step."""
    model, last = folder / "model" / f"{config.name}.safetensors", newest_checkpoint(folder)
    if model.exists() and last.exists() and model.stat().st_mtime >= last.stat().st_mtime:
        return model
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{config.STAGE}.yaml", as_yaml(plain_values(config)))
    made = pretrain(config, rows, folder, session, scans=scans)
    if made is None:
        raise Stopped
    return made


def _floor(report: dict[str, Any]) -> Figures:
    floor = report["floor"]
    moved = {
        name: {HELD_OUT: floor.get(f"{name} motion", {})} for name in ("foreign", "continuous")
    }
    return _figures(floor, moved["foreign"], moved["continuous"], report.get("left_out", ()))


def _figures(
    held_out: Figures, foreign: Figures, continuous: Figures, left_out: Sequence[str]
) -> Figures:
    own = held_out.get(HELD_OUT, {})
    others = [held_out[site] for site in left_out if site in held_out]
    return {
        "held_out_r2": own.get("r2"),
        "held_out_mae_mm": own.get("mae_mm"),
        # Of each site by itself: together they would be judged by how sites differ in motion.
        "left_out_r2": _mean([site["r2"] for site in others]),
        "left_out_mae_mm": _mean([site["mae_mm"] for site in others]),
        "foreign_r2_correlation": foreign.get(HELD_OUT, {}).get("r2_correlation"),
        "continuous_r2": continuous.get(HELD_OUT, {}).get("r2"),
        "still_mm": own.get("still_mean_mm"),
    }


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _write(output: Path, found: dict[str, dict[str, Any]]) -> None:
    stream = io.StringIO()
    columns = ["run", "asks", "changes", "fields", *(key for key, _, _ in _COLUMNS)]
    writer = csv.DictWriter(stream, columns, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    for name, figures in found.items():
        told = {key: " ".join(figures[key]) for key in ("changes", "fields")}
        writer.writerow({"run": name, **figures, **told})
    write_together(
        {
            output / TABLE_NAME: stream.getvalue(),
            output / REPORT_NAME: json.dumps(found, indent=1, allow_nan=False) + "\n",
        }
    )


def _cell(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
