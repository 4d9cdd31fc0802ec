"""Searching for good settings: many short runs of a stage, of which the worse ones end early.

Ray Tune draws the settings and places the trials, on this machine or on a cluster; ASHA ends those
that have fallen behind. Every trial is a run of its own, with a folder that says everything, and
goes on from its checkpoint when the search goes on. The search's folder must be one that all
machines of a cluster see.
"""

from __future__ import annotations

import json
import math
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCLib.models import find_model
from MotionQCLib.ray_cluster import connect
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.finetune import finetune
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.pretrain import pretrain
from MotionQCTraining.pretraining.scans import prepare_scans, validation_set
from MotionQCTraining.run_record import as_yaml, plain_values
from MotionQCTraining.running.devices import Accelerator, Devices
from MotionQCTraining.running.events import Silence
from MotionQCTraining.running.session import Session
from MotionQCTraining.running.stopping import StopRequest
from MotionQCTraining.tune_config import Draw, TuneConfig

Settings = Mapping[str, Any]
# Searches of this process that may be asked to stop. A search that goes on has callbacks from its
# file, which know nothing of this process but this list.
_asking: list[StopRequest] = []
_KINDS = {"pretrain": PretrainConfig, "finetune": FinetuneConfig}
_STATE = "ray"


@dataclass(frozen=True)
class Search:
    """A search as its trials know it, wherever they run.

    Parameters
    ----------
    config : TuneConfig
        The search.
    rows : tuple of Row
        All scans.
    manifest : Path
        Where they are listed.
    output : Path
        The search's folder.
    model : str
        Base model of ``finetune``, name or file.
    """

    config: TuneConfig
    rows: tuple[Row, ...]
    manifest: Path
    output: Path
    model: str

    def stage_config(self, settings: Settings) -> PretrainConfig | FinetuneConfig:
        """Return the configuration of a trial; all faults at once."""
        values = {**self.config.fixed, **settings}
        overrides = [f"{name}={json.dumps(value)}" for name, value in values.items()]
        kind: type[Any] = _KINDS[self.config.stage]
        config: PretrainConfig | FinetuneConfig = load_config(self.config.base, kind, overrides)
        return config


@dataclass(frozen=True)
class Trial:
    """A trial as it ended, or as it stands.

    Parameters
    ----------
    name : str
        Its folder below ``trials``.
    settings : dict
        What was drawn.
    figures : dict
        What it told last; empty where it failed before.
    """

    name: str
    settings: Settings
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Found:
    """What a search has found.

    Parameters
    ----------
    best : Path
        The best trial's configuration, a file for ``--config`` of its stage.
    trials : list of Trial
        All of them, the best one first.
    """

    best: Path
    trials: list[Trial]


def tune(search: Search, session: Session, address: str | None = None) -> Found:
    """Search, or go on searching, and write a table of the trials and the best configuration.

    Parameters
    ----------
    search : Search
        The search.
    session : Session
        Who is told and who may stop it.
    address : str or None
        A Ray cluster, ``ray://head:10001`` say; by default one is started on this machine.

    Raises
    ------
    InputError
        A field to search over does not exist or may not have such values; Ray is not installed or
        not there; no trial has told the metric.
    Stopped
        The search was asked to stop; the same search goes on.
    """
    _check_extremes(search)
    _prepare(search, session)
    _connect(address)
    import ray

    try:
        trials = _ranked(_trials(search, session), search.config)
    finally:
        ray.shutdown()
    session.stop.check()
    if not trials or search.config.metric not in trials[0].figures:
        known = sorted({name for trial in trials for name in trial.figures})
        raise InputError(
            "no-metric",
            f"no trial has told metric {search.config.metric!r}; told were {known or 'none'}; "
            f"what went wrong is in {search.output / 'trials'}",
        )
    write_atomically(search.output / "trials.tsv", table(trials, search.config))
    best = search.output / f"best-{search.config.stage}.yaml"
    values = plain_values(search.stage_config(trials[0].settings))
    write_atomically(best, as_yaml(values))
    return Found(best, trials)


def table(trials: Sequence[Trial], config: TuneConfig) -> str:
    """Return trials as tab-separated text: name, steps, metric, settings."""
    lines = [["trial", "steps", config.metric, *config.search]]
    for trial in trials:
        figures = [trial.figures.get(name) for name in ("step", config.metric)]
        values = [*figures, *(trial.settings.get(name) for name in config.search)]
        lines.append([trial.name, *map(_cell, values)])
    return "".join("\t".join(line) + "\n" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _check_extremes(search: Search) -> None:
    """Build the configurations at the ends of every range: what is wrong shows before anything."""
    faults = []
    for name, draw in search.config.search.items():
        for value in draw.extremes:
            try:
                search.stage_config({name: value})
            except InputError as error:
                faults.append(error.message)
    if faults:
        raise InputError("config", "; ".join(dict.fromkeys(faults)))


def _prepare(search: Search, session: Session) -> None:
    """Prepare scans once for all trials."""
    config = search.stage_config({})
    if isinstance(config, PretrainConfig):
        folder = search.output / "scans"
        scans = prepare_scans(config, search.rows, folder, session.say)
        validation_set(config, scans, folder, session.say)


def _connect(address: str | None) -> None:
    # Ctrl+C asks for a stop like any other signal.
    os.environ["TUNE_DISABLE_SIGINT_HANDLER"] = "1"
    ray = connect(address, "tune")
    try:
        from ray import tune as _  # noqa: F401  (absent where only a part of Ray is installed)
    except ImportError as error:
        ray.shutdown()
        raise InputError(
            "ray-absent", "Ray Tune is not installed; install motionqc[tune]"
        ) from error


def _trials(search: Search, session: Session) -> list[Trial]:
    from ray.tune import Tuner

    state = search.output / _STATE
    trainable = _placed(search)
    if Tuner.can_restore(str(state)):
        session.say("going on with the search")
        tuner = Tuner.restore(str(state), trainable, resume_unfinished=True, restart_errored=True)
    else:
        tuner = _new_tuner(search, trainable)
    _asking.append(session.stop)
    try:
        results = tuner.fit()
    finally:
        _asking.remove(session.stop)
    return [
        Trial(Path(result.path).name, dict(result.config or {}), dict(result.metrics or {}))
        for result in (results[number] for number in range(len(results)))
    ]


def _ranked(trials: Sequence[Trial], config: TuneConfig) -> list[Trial]:
    """Return trials, the best one first and those without the metric last."""
    sign = -1 if config.mode == "max" else 1

    def key(trial: Trial) -> tuple[bool, float]:
        value = trial.figures.get(config.metric, math.nan)
        return (True, 0.0) if math.isnan(value) else (False, sign * value)

    return sorted(trials, key=key)


def _placed(search: Search) -> Any:
    from ray.tune import with_resources

    config = search.config
    return with_resources(
        partial(run_trial, search=search), {"cpu": config.cpus, "gpu": config.gpus}
    )


def _new_tuner(search: Search, trainable: Any) -> Any:
    from ray import tune as ray_tune
    from ray.tune.schedulers import ASHAScheduler
    from ray.tune.search.basic_variant import BasicVariantGenerator

    config = search.config
    longest = getattr(search.stage_config({}), "steps", config.least_steps)
    return ray_tune.Tuner(
        trainable,
        param_space={name: _drawn(draw) for name, draw in config.search.items()},
        tune_config=ray_tune.TuneConfig(
            metric=config.metric,
            mode=config.mode,
            num_samples=config.trials,
            search_alg=BasicVariantGenerator(random_state=config.seed),
            scheduler=ASHAScheduler(
                time_attr="step",
                max_t=max(longest, config.least_steps) + 1,
                grace_period=config.least_steps,
                reduction_factor=config.keep_one_in,
            ),
        ),
        run_config=ray_tune.RunConfig(
            name=_STATE,
            storage_path=str(search.output.resolve()),
            verbose=0,
            callbacks=[_end_when_asked()],
        ),
    )


def _drawn(draw: Draw) -> Any:
    from ray import tune as ray_tune

    if draw.log_uniform:
        return ray_tune.loguniform(*draw.log_uniform)
    if draw.uniform:
        return ray_tune.uniform(*draw.uniform)
    if draw.integer:
        low, high = draw.integer
        return ray_tune.randint(low, high + 1)
    return ray_tune.choice(list(draw.choice))


def _end_when_asked() -> Any:
    from ray.tune import Callback

    class EndWhenAsked(Callback):
        """Ends the search, to go on later, where it is asked to."""

        def on_step_end(self, iteration: int, trials: list[Any], **_: Any) -> None:
            from MotionQCTraining.tune import end_where_asked

            end_where_asked()

    return EndWhenAsked()


def end_where_asked() -> None:
    """Let Ray Tune keep its state and return, where a search of this process is asked to stop."""
    if any(stop.asked for stop in _asking):
        signal.raise_signal(signal.SIGUSR1)


def run_trial(settings: Settings, search: Search) -> None:
    """Run one trial, in a process of Ray's."""
    from ray import tune as ray_tune

    folder = search.output / "trials" / Path(ray_tune.get_context().get_trial_dir()).name
    config = search.stage_config(settings)
    reports = Reports(search.config.metric, ray_tune.report)
    accelerator: Accelerator = "gpu" if search.config.gpus else "cpu"
    at_hand = Session(reports, devices=Devices(accelerator))
    at_hand.begin(folder, config, search.manifest, search=str(search.output))
    try:
        if isinstance(config, PretrainConfig):
            # None where the configuration ends it before its last step (stop_after).
            model = pretrain(config, search.rows, folder, at_hand, scans=search.output / "scans")
        else:
            model = _finetuned(config, search, folder, reports)
        if model is None:
            at_hand.stopped()
        else:
            at_hand.complete("", model=str(model))
    except Exception as error:
        at_hand.failed(getattr(error, "code", "defect"), str(error))
        raise


def _finetuned(config: FinetuneConfig, search: Search, folder: Path, reports: Reports) -> Path:
    done = finetune(
        config,
        search.rows,
        find_model(search.model),
        folder,
        strict=True,
        report=reports.say,
    )
    estimate = done.figures["estimate"]
    figures = {"balanced_accuracy": estimate["balanced_accuracy"]["value"]}
    reports.progress(1, 1, 0.0, figures, judged=True)
    return done.model


class Reports(Silence):
    """Tells Ray the figures of every validation.

    Parameters
    ----------
    metric : str
        The figure that is compared, which has to be among them.
    report : callable
        Takes all figures, and ``step``.
    """

    def __init__(self, metric: str, report: Callable[[dict[str, float]], None]) -> None:
        self._metric, self._report = metric, report

    def progress(
        self, step: int, steps: int, eta_s: float, figures: Mapping[str, float], *, judged: bool
    ) -> None:
        """Report, if these are the figures of a validation.

        Raises
        ------
        InputError
            ``no-metric``.
        """
        if not judged:
            return
        if self._metric not in figures:
            known = ", ".join(sorted(figures))
            raise InputError("no-metric", f"metric is {self._metric!r}; give one of {known}")
        self._report({**figures, "step": step})
