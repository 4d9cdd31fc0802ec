"""An evaluation asks all of a protocol, can be stopped, and never judges on scans once seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from MotionQCLib.cli import main
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, load_bundle, save_bundle
from MotionQCLib.models.bundle import metadata_path
from MotionQCTraining.config import PretrainConfig, PublicSite
from MotionQCTraining.data.manifest import read_manifest, write_manifest
from MotionQCTraining.data.provenance import describe_scans
from MotionQCTraining.data.splits import split
from MotionQCTraining.evaluate import evaluate, record
from MotionQCTraining.evaluation.judged_scans import JudgedScan, scans_of_protocol
from MotionQCTraining.evaluation.protocol import Protocol
from MotionQCTraining.evaluation.report import Asked
from MotionQCTraining.evaluation.tables import tables
from MotionQCTraining.evaluation.units import Evaluation
from MotionQCTraining.running.events import Silence
from MotionQCTraining.running.session import Session
from MotionQCTraining.running.stopping import Stopped, StopRequest
from MotionQCTraining.synthesis.sample_config import SampleConfig

ALL: tuple[Evaluation, ...] = get_args(Evaluation)


class StopAfter(StopRequest):
    """Asks to stop once it has been looked at so often."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    @property
    def asked(self) -> bool:
        self.looks -= 1
        return self.looks < 0


def asked(protocol: Protocol, *evaluations: Evaluation, floor: bool = False) -> Asked:
    public = {"site0": PublicSite("CC0")}
    return Asked(protocol, "small", "0" * 64, evaluations or ALL, floor, public)


@pytest.fixture(scope="module")
def a_run(
    small_protocol: Protocol,
    a_base_model: ModelBundle,
    a_data_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, Any], Path, ModelBundle, list[JudgedScan]]:
    """The whole protocol: its report, its folder, the model and the scans."""
    training = {
        **a_base_model.metadata.training,
        "subjects": {"train": {"site0": 1, "site0-train": 2}},
    }
    model = ModelBundle(a_base_model.weights, replace(a_base_model.metadata, training=training))
    folder = tmp_path_factory.mktemp("evaluation")
    scans = scans_of_protocol(small_protocol, a_data_folder, training, folder / "heads")
    session = Session(Silence())
    everything = asked(small_protocol, floor=True)
    report = evaluate(model, everything, scans, folder, session, data=a_data_folder)
    return report, folder, model, scans


def test_every_evaluation_has_its_figures(a_run: tuple[dict[str, Any], Path, Any, Any]) -> None:
    report, folder, _, _ = a_run
    assert set(report["model"]) == {"site0", "site1", "labels", "held-out subjects"}
    assert report["left_out"] == ["labels", "site1"]
    site1 = report["model"]["site1"]
    assert (site1["persons"], site1["volumes"]) == (2, 6)
    assert len(site1["still_mm"]) == 2
    low, high = site1["intervals"]["interval_coverage"]
    assert 0 <= low <= site1["interval_coverage"] <= high <= 1
    assert report["model"]["held-out subjects"]["volumes"] == 3, "brains cut out count apart"
    assert set(report["held_out"]["form"]) >= {"held out, whole", "held out, brain"}
    assert set(report["foreign"]) == set(report["continuous"]) == set(report["model"])
    assert report["reference"]["site0-train"]["seen_scans"] == 2
    assert report["real"]["whole"]["scores_mm"].keys() == {"still", "moved"}
    assert set(report["robustness"]) == {"flip LR", "8 bit", "face removed", "neck removed"}
    assert report["robustness"]["face removed"]["persons"] == 1, "of synthesised heads alone"
    assert set(report["warnings"]["misuses"]) == {"noise", "binary mask"}
    assert {"site0", "foreign motion", "continuous motion"} <= set(report["floor"])
    assert report["floor"]["site1"]["volumes"] == site1["volumes"]
    assert json.loads((folder / "evaluation.json").read_text())["aims"] == report["aims"]
    assert (folder / "calibration.png").read_bytes().startswith(b"\x89PNG")
    assert len(report["tested"]["scans"]) == 4
    assert [*report["tested"]["names"].values()] == ["site0/sub-04"], "public sources alone"


def test_what_has_been_answered_is_not_asked_again(
    a_run: tuple[dict[str, Any], Path, ModelBundle, list[JudgedScan]],
    small_protocol: Protocol,
    a_data_folder: Path,
) -> None:
    report, folder, model, scans = a_run
    # Were a single volume asked about, it would stop.
    session = Session(Silence(), StopAfter(0))
    again = evaluate(model, asked(small_protocol), scans, folder, session, data=a_data_folder)
    assert {**again, "floor": 0} == {**report, "floor": 0}
    some = asked(small_protocol, "real", "noise")
    found = evaluate(model, some, scans, folder, session, data=a_data_folder)
    assert found["noise"] == report["noise"]
    assert "model" not in found


def test_an_evaluation_that_was_stopped_goes_on_to_the_same_figures(
    a_run: tuple[dict[str, Any], Path, ModelBundle, list[JudgedScan]],
    small_protocol: Protocol,
    a_data_folder: Path,
    tmp_path: Path,
) -> None:
    report, _, model, scans = a_run
    wanted = asked(small_protocol, "foreign")
    stopped = Session(Silence(), StopAfter(3))
    with pytest.raises(Stopped):
        evaluate(model, wanted, scans, tmp_path, stopped, data=a_data_folder)
    found = evaluate(model, wanted, scans, tmp_path, Session(Silence()), data=a_data_folder)
    assert found["foreign"] == report["foreign"]


def test_figures_are_recorded_in_the_model_and_its_card_with_the_protocols_checksum(
    a_run: tuple[dict[str, Any], Path, ModelBundle, list[JudgedScan]], tmp_path: Path
) -> None:
    report, _, model, _ = a_run
    described = {
        **model.metadata.training,
        "configuration": {"steps": 7},
        "subjects": {"train": {"site0": 1}, "validation": {"site0": 1}},
        "sites": {"site0": {"licence": "CC0", "scans": ""}},
    }
    path = tmp_path / "m.safetensors"
    metadata = save_bundle(path, model.weights, replace(model.metadata, training=described))
    record(path, ModelBundle(model.weights, metadata), report)
    test = load_bundle(path).metadata.metrics["test"]
    assert test["protocol"]["sha256"] == "0" * 64
    assert test["model"]["site1"]["still_mm"] == report["model"]["site1"]["still_mm"]
    card = path.with_suffix(".md").read_text()
    assert "0" * 64 in card
    for table in tables(report):
        assert table.title in card
        assert all("| " + " | ".join(row) + " |" in card for row in table.rows)
    assert "sub-01" not in card + metadata_path(path).read_text(), "site1 is private"
    with pytest.raises(InputError, match="without figures on held-out subjects is not recorded"):
        record(path, model, {"real": {}})


TINY = PretrainConfig(
    grid=(64, 64, 64), samples=SampleConfig(crop=(32, 32, 32)), validation=0.25, test=0.25
)


@pytest.fixture
def an_own_model(
    a_base_model: ModelBundle, small_dataset: Path, tmp_path: Path
) -> tuple[Path, Path]:
    """A model that says that it was made from the small dataset, and its configuration."""
    parts = split(read_manifest(small_dataset), seed=TINY.seed, validation=0.25, test=0.25)
    training = describe_scans({p: parts[p] for p in ("train", "validation")}, TINY)
    path, config = tmp_path / "own.safetensors", tmp_path / "tiny.yaml"
    save_bundle(path, a_base_model.weights, replace(a_base_model.metadata, training=training))
    config.write_text(
        "grid: [64, 64, 64]\nsamples: {crop: [32, 32, 32]}\nvalidation: 0.25\ntest: 0.25\n"
    )
    return path, config


@pytest.fixture
def a_protocol_file(tmp_path: Path) -> Path:
    """The project's protocol with few draws."""
    from importlib import resources

    text = (resources.files("MotionQCTraining") / "presets/motionqc/protocol.yaml").read_text()
    path = tmp_path / "protocol.yaml"
    path.write_text(text.replace("draws: 8", "draws: 2"))
    return path


def words(model: Path, config: Path, data: Path, output: Path, *more: object) -> list[str]:
    all_words = ["evaluate", "--model", model, "--config", config, "--data", data]
    return [str(word) for word in [*all_words, "--output", output, *more]]


def test_a_model_of_ones_own_is_judged_on_the_subjects_that_its_configuration_held_out(
    an_own_model: tuple[Path, Path],
    a_protocol_file: Path,
    small_dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    only = ("--only", "held-out,real,warnings", "--protocol", a_protocol_file)
    assert main(words(*an_own_model, small_dataset, tmp_path / "o", *only)) == 0
    assert "held-out subjects" in capsys.readouterr().out
    report = json.loads((tmp_path / "o" / "evaluation.json").read_text())
    parts = split(read_manifest(small_dataset), seed=TINY.seed, validation=0.25, test=0.25)
    assert {v["person"] for v in report["volumes"]} == {row.person for row in parts["test"]}
    assert set(report["model"]) == {"site0", "site1", "held-out subjects"}
    assert report["tested"]["names"] == {}, "its sites are not public"


def another_seed(model: Path, config: Path, data: Path, folder: Path) -> list[str]:
    return words(model, config, data, folder, "--set", "seed=3")


def an_unseen_one_that_was_seen(model: Path, config: Path, data: Path, folder: Path) -> list[str]:
    seen = split(read_manifest(data), seed=TINY.seed, validation=0.25, test=0.25)["validation"][0]
    unseen = config.with_name("unseen.tsv")
    write_manifest([replace(seen, subject="renamed", site="elsewhere")], unseen)
    return words(model, config, data, folder, "--unseen", unseen)


@pytest.mark.parametrize("mistake", [another_seed, an_unseen_one_that_was_seen])
def test_scans_that_the_model_has_seen_are_refused_in_one_line(
    an_own_model: tuple[Path, Path],
    small_dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    mistake: Callable[..., list[str]],
) -> None:
    assert main(mistake(*an_own_model, small_dataset, tmp_path / "o")) == 2
    spoken = capsys.readouterr().err.strip()
    assert len(spoken.splitlines()) == 1
    assert "was made from scans that it would be judged on" in spoken
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--set", "grid=[96, 96, 96]"), r"grid is (96, 96, 96), the model's (64, 64, 64)"),
        (("--only", "held-out,nonsense"), "nonsense was given; give some of held-out"),
        (("--protocol", "nope"), "neither a preset"),
        (("--record", "--only", "real"), "without figures on held-out subjects is not recorded"),
    ],
)
def test_wrong_options_are_refused_with_what_to_give(
    an_own_model: tuple[Path, Path],
    small_dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    told: str,
) -> None:
    try:
        status = main(words(*an_own_model, small_dataset, tmp_path / "o", *more))
    except SystemExit as ended:
        status = ended.code
    assert status == 2
    assert told in capsys.readouterr().err


def test_a_folder_without_the_protocols_scans_is_refused(
    a_base_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", "--model", a_base_file, "--data", tmp_path, "--output", tmp_path / "o"]
    assert main([str(word) for word in command]) == 2
    assert "scans of the protocol are not there" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more", [("--set", "seed=1"), ("--unseen", "scans.tsv"), ("--config", "motionqc")]
)
def test_options_that_mean_nothing_for_a_folder_are_refused(
    a_base_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    command = ["evaluate", "--model", a_base_file, "--data", tmp_path, "--output", tmp_path / "o"]
    assert main([str(word) for word in [*command, *more]]) == 2
    assert "belong with a manifest" in capsys.readouterr().err
