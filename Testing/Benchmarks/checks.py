"""How many misuses the warnings of a scan flag, and how many good scans: false alarms.

    python Testing/Benchmarks/checks.py [--half odd|even] [--each N] [--json PATH]

At least 95 % of misuses should be flagged, at most 5 % of good scans, in at most 0.3 s of processor
time a scan. Limits in `MotionQCLib/scan/checks.py` were chosen on subjects with odd numbers, so it
is the even half, the default, that counts. Good scans are all of MOTIONQC_DATA, T1-like heads
synthesised from its label maps, with and without a face, and both with simulated motion of up to
4 mm, with noise and with a bias field. A scan that is refused is flagged; codes that only inform
(`INFORMING`) flag nothing. No scan here shows contrast agent or pathology.
"""

from __future__ import annotations

import argparse
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import process_time

import numpy as np
import SimpleITK
from misuses import MADE, Misuse, brightness, with_data
from numpy.random import Generator
from targets import Figure, conclude

from MotionQCLib.errors import InputError
from MotionQCLib.motion import scores, simulate
from MotionQCLib.motion.patterns import PATTERNS, make_trajectory
from MotionQCLib.scan import INFORMING, Scan, check_scan, conform, read_scan
from MotionQCTraining.data.label_heads import Contrast, HeadDraws, synthesise_head

REPOSITORY = Path(__file__).resolve().parents[2]
AT_LEAST_FLAGGED, AT_MOST_ALARMS, AT_MOST_S = 95.0, 5.0, 0.3
HALVES = ("even", "odd")
SEED = 20
LARGEST_MM = 4.0
LARGEST_POSE = 5.0
"""Of a head that moves by as much as 4 mm, mm and degrees: brief motion leaves a smaller score."""
AVERAGED = 8


@dataclass(frozen=True)
class Case:
    """A volume, and whether it is good.

    Parameters
    ----------
    kind
        The row of the table.
    make
        Reads or makes it.
    good
        Whether a warning of it is a false alarm.
    """

    kind: str
    make: Callable[[], Scan]
    good: bool


@dataclass(frozen=True)
class Finding:
    """What the checks said of a case."""

    case: Case
    codes: tuple[str, ...]
    seconds: float


def find(case: Case) -> Finding:
    """Make a volume and check it, without the codes that only inform."""
    try:
        scan = case.make()
        conformed = conform(scan)
    except InputError as error:
        return Finding(case, (error.code,), 0.0)
    start = process_time()
    codes = {warning.code for warning in check_scan(scan, conformed)} - INFORMING
    return Finding(case, tuple(sorted(codes)), process_time() - start)


def good_cases(scans: Sequence[Path], labels: Sequence[Path], each: int) -> Iterator[Case]:
    """Real and synthesised heads as they are, and some of them moved, worn, or both."""
    for path in scans:
        yield Case(f"good: {source_of(path)}", partial(read_scan, path), True)
    for number, path in enumerate(labels):
        yield Case("good: synthesised", partial(synthesised, path, number % 2), True)
    for kind, change in (("moved", moved), ("noise and bias", worn), ("moved, noise", both)):
        for path in spread(scans, 2 * each):
            yield Case(f"good, {kind}", partial(changed, partial(read_scan, path), change), True)
        for path in spread(labels, each // 4):
            head = partial(synthesised, path, 1)
            yield Case(f"good, {kind}", partial(changed, head, change), True)


def misuse_cases(scans: Sequence[Path], labels: Sequence[Path], each: int) -> Iterator[Case]:
    """Misuses that are made of good scans, of label maps, of many scans, and the template."""
    for kind, misuse in MADE.items():
        for path in spread(scans, each):
            yield Case(kind, partial(changed, partial(read_scan, path), misuse), False)
    for number, path in enumerate(spread(labels, each)):
        yield Case("T2-like", partial(synthesised, path, number % 2, "t2"), False)
        yield Case("label map", partial(read_scan, path), False)
    for path in scans:
        for mask in path.parent.glob(path.name.replace("_T1w", "_desc-brain_mask")):
            yield Case("brain mask", partial(read_scan, mask), False)
    for source in ("ds000011", "ds002748"):
        some = [path for path in scans if source_of(path) == source][:AVERAGED]
        if len(some) > 1:
            yield Case("average", partial(average, some), False)
    yield Case("MNI152 template", template, False)


def changed(make: Callable[[], Scan], change: Misuse) -> Scan:
    """A scan changed by a draw that is the same in every run."""
    scan = make()
    return change(scan, generator(change.__name__, scan.source))


def generator(*words: str) -> Generator:
    """A generator that belongs to some words."""
    return np.random.default_rng((SEED, *" ".join(words).encode()))


def spread(paths: Sequence[Path], count: int) -> list[Path]:
    """At most so many paths, the sources taking turns."""
    sources: dict[str, list[Path]] = {}
    for path in paths:
        sources.setdefault(source_of(path), []).append(path)
    longest = max(map(len, sources.values()), default=0)
    turns = [own[n] for n in range(longest) for own in sources.values() if n < len(own)]
    return turns[:count]


def source_of(path: Path) -> str:
    """The data set that a file is of."""
    return next((part for part in path.parts if part.startswith("ds0")), path.name.split("_")[0])


def is_even(path: Path) -> bool:
    """Whether the number of a file's subject or anatomy is even; one without a number is."""
    number = re.search(r"(?:sub|anatomy)-(\d+)", path.name)
    return number is None or int(number.group(1)) % 2 == 0


def moved(scan: Scan, rng: Generator) -> Scan:
    """The scan with motion of up to 4 mm."""
    motion = make_trajectory(
        str(rng.choice(list(PATTERNS))),
        events=int(rng.integers(1, 7)),
        rotation_deg=2,
        translation_mm=2,
        axis=rng.choice(["LR", "AP", "SI"]),
        seed=int(rng.integers(2**31)),
    )
    score = scores(scan.data, scan.affine, motion).edge
    wanted = rng.uniform(0.3, LARGEST_MM) / max(score, 0.01)
    motion = motion.scaled(min(wanted, LARGEST_POSE / np.abs(motion.poses).max()))
    return with_data(scan, np.clip(simulate(scan.data, scan.affine, motion), 0, None))


def worn(scan: Scan, rng: Generator) -> Scan:
    """The scan with Rician noise of 1 to 6 % and a smooth bias field of up to a third."""
    x, y, z = np.ogrid[tuple(slice(-1, 1, n * 1j) for n in scan.shape)]
    c = rng.uniform(-0.15, 0.15, 6)
    bias = np.exp(c[0] * x + c[1] * y + c[2] * z + c[3] * x**2 + c[4] * y**2 + c[5] * z**2)
    noise = rng.standard_normal((2, *scan.shape), np.float32)
    noise *= np.float32(rng.uniform(0.01, 0.06) * brightness(scan))
    data = scan.data.astype(np.float32) * bias.astype(np.float32)
    return with_data(scan, np.hypot(data + noise[0], noise[1]))


def both(scan: Scan, rng: Generator) -> Scan:
    """Motion, then noise and bias."""
    return worn(moved(scan, rng), rng)


def synthesised(path: Path, face: int, contrast: Contrast = "t1") -> Scan:
    """A head with the anatomy of a label map."""
    draws = HeadDraws(contrast=contrast, faces=float(face))
    head = synthesise_head(read_scan(path), draws, generator(contrast, path.name))
    return with_data(Scan(head.image, head.affine, path.name, "nifti"), head.image)


def template() -> Scan:
    """The MNI152 template out of nilearn."""
    from MotionQCLib.cli.demo import load_template

    return load_template()


def average(paths: Sequence[Path]) -> Scan:
    """The mean of scans, after affine registration to the first."""
    conformed = [conform(read_scan(path)) for path in paths]
    fixed, *others = (SimpleITK.GetImageFromArray(each.data) for each in conformed)
    total = conformed[0].data.copy()
    for image in others:
        aligned = SimpleITK.Resample(image, fixed, affine_between(fixed, image))
        total += SimpleITK.GetArrayFromImage(aligned)
    first = replace(read_scan(paths[0]), data=total, affine=conformed[0].affine)
    return with_data(first, total)


def affine_between(fixed: SimpleITK.Image, moving: SimpleITK.Image) -> SimpleITK.Transform:
    """Affine transform that aligns two conformed scans, by correlation."""
    start = SimpleITK.AffineTransform(3)
    start.SetCenter([side / 2 for side in fixed.GetSize()])
    method = SimpleITK.ImageRegistrationMethod()
    method.SetMetricAsCorrelation()
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(0.02, SEED)
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 100)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2])
    method.SetSmoothingSigmasPerLevel([3, 1])
    method.SetInitialTransform(start)
    return method.Execute(fixed, moving)


def figures(findings: Sequence[Finding]) -> list[Figure]:
    """Shares by kind, then of all misuses and all good scans with their targets, then time."""
    rows = [
        share(kind, [each for each in findings if each.case.kind == kind])
        for kind in dict.fromkeys(each.case.kind for each in findings)
    ]
    bad, good = ([each for each in findings if each.case.good is well] for well in (False, True))
    times = [each.seconds for each in findings if each.seconds > 0]
    return [
        *rows,
        replace(share("all misuses", bad), at_least=AT_LEAST_FLAGGED),
        replace(share("all good scans", good), at_most=AT_MOST_ALARMS),
        Figure("processor time", float(np.median(times)), "s", at_most=AT_MOST_S),
    ]


def share(name: str, findings: Sequence[Finding]) -> Figure:
    """The share that was flagged, with the codes that did it."""
    codes = Counter(code for each in findings for code in each.codes)
    told = ", ".join(f"{code} {count}" for code, count in codes.most_common(6))
    flagged = 100.0 * np.mean([bool(each.codes) for each in findings])
    return Figure(name, float(flagged), "%", note=f"of {len(findings)}; {told}".rstrip("; "))


def main() -> int:
    """Make, check, print and judge."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--half", choices=HALVES, default="even", help="which subjects")
    options.add_argument("--each", type=int, default=8, help="volumes of every kind of misuse")
    options.add_argument("--json", type=Path, metavar="PATH", help="write the figures there")
    arguments = options.parse_args()
    data = Path(os.environ.get("MOTIONQC_DATA", REPOSITORY.parent / "shared" / "data"))
    wanted = arguments.half == "even"
    scans, labels = (
        [path for path in sorted(files) if is_even(path) is wanted]
        for files in (
            [*data.glob("ds*/sub-*/anat/*_T1w.nii.gz"), *data.glob("*_dicom.zip")],
            data.glob("synthseg-labels/*_dseg.nii.gz"),
        )
    )
    cases = [
        *good_cases(scans, labels, arguments.each),
        *misuse_cases(scans, labels, arguments.each),
    ]
    findings = []
    for number, case in enumerate(cases, start=1):
        findings.append(find(case))
        if findings[-1].codes if case.good else not findings[-1].codes:
            print(f"{number} of {len(cases)}: {case.kind}: {findings[-1].codes}", flush=True)
    title = f"warnings of a scan, subjects with {arguments.half} numbers"
    return conclude(title, figures(findings), arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
