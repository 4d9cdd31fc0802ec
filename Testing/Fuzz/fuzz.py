"""Hostile files for every reader: what crashes, hangs, floods the memory or does what it must not.

    python Testing/Fuzz/fuzz.py --inputs 200000 --seed 1 --keep build/fuzz

Every input is made from its target, the seed and its number, so that it can be made again. Targets
run in a process each, which is replaced where it dies or hangs. The exit status is 1 where anything
was found; the files are then kept.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "MotionQC"), str(REPOSITORY / "training")]

from guard import Guard, Memory  # noqa: E402
from readers import TARGETS, Files, Target  # noqa: E402

LONGEST_S = 10.0
"""Of the processor, so that a busy machine makes no input slow."""
MOST_BYTES = 4 << 26
"""A hostile file has 64 KiB at most, which deflate can make of 64 MiB: four times that."""
_PATIENCE_S = 180.0
"""For a process to begin, or for an input that only waits."""
_KEPT = 3
"""Inputs that are kept of each problem."""


@dataclass(frozen=True)
class Finding:
    """What an input brought about that it must not."""

    target: str
    number: int
    problem: str


@dataclass
class Tally:
    """What became of a target's inputs."""

    inputs: int = 0
    refused: int = 0
    accepted: int = 0
    slowest_s: float = 0.0
    most_bytes: int = 0
    findings: list[Finding] = field(default_factory=list)


def judge(
    target: Target, number: int, seed: int, folder: Path, guard: Guard, memory: Memory
) -> Tally:
    """Give a target one input, and say what became of it."""
    tally = Tally(inputs=1)
    write(target.make(generator(target, number, seed)), folder)
    memory.begin()
    guard.begin()
    began = time.process_time()
    problem = ""
    try:
        if target.take(folder):
            tally.accepted = 1
        else:
            tally.refused = 1
    except Exception as error:
        problem = problem_of(error)
        tally.refused = int(not problem)
    tally.slowest_s = time.process_time() - began
    deeds = guard.end()
    tally.most_bytes = memory.grown()
    problems = [problem, *(f"deed: {deed}" for deed in deeds)]
    if tally.slowest_s > LONGEST_S:
        problems.append(f"slow: {tally.slowest_s:.1f} s")
    if tally.most_bytes > MOST_BYTES:
        problems.append(f"memory: {tally.most_bytes >> 20} MiB")
    tally.findings = [Finding(target.name, number, each) for each in problems if each]
    return tally


def problem_of(error: Exception) -> str:
    """What is wrong with how a reader refused; empty where it did so in one line."""
    from MotionQCLib.errors import InputError

    if isinstance(error, InputError):
        if "\n" in error.message or len(error.message) > 5000:
            return f"message: of {len(error.message)} characters"
        return ""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"crash: {type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {error}"[
        :300
    ]


def generator(target: Target, number: int, seed: int) -> random.Random:
    """The chance of one input."""
    return random.Random(f"{seed} {target.name} {number}")


def write(files: Files, folder: Path) -> None:
    """Put an input where the last one was."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def work(number_of_target: int, seed: int, folder: str, numbers: range, pipe: Connection) -> None:
    """Judge inputs in a process of its own; tell which one comes, and now and then what became."""
    place = Path(folder)
    tempfile.tempdir = str(place / "temporary")
    Path(tempfile.tempdir).mkdir(exist_ok=True)
    warnings.simplefilter("ignore")
    sys.stdout = sys.stderr = (place / "said").open("w", encoding="utf-8", errors="replace")
    target = TARGETS[number_of_target]
    # What is loaded once is no memory of an input's, nor are its temporary files a deed.
    with contextlib.suppress(Exception):
        write(target.make(generator(target, -1, seed)), place / "input")
        target.take(place / "input")
    guard, memory = Guard(place), Memory()
    for number in numbers:
        pipe.send(("begins", number))
        tally = judge(target, number, seed, place / "input", guard, memory)
        pipe.send(("ended", tally))
    pipe.send(("done", None))


def fuzz(number_of_target: int, seed: int, inputs: int, until: float) -> Tally:
    """Give a target its inputs, in as many processes as it brings down."""
    total, first = Tally(), 0
    while first < inputs and time.monotonic() < until:
        with tempfile.TemporaryDirectory(prefix="motionqc-fuzz-", dir=_fast_folder()) as folder:
            first = _one_process(
                number_of_target, seed, range(first, inputs), Path(folder), total, until
            )
    return total


def _fast_folder() -> str | None:
    """Where files are made in memory, if there is such a place."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _one_process(
    target: int, seed: int, numbers: range, folder: Path, total: Tally, until: float
) -> int:
    """Run until a process is done or down; the number of the input that comes next."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=work, args=(target, seed, str(folder), numbers, theirs), daemon=True
    )
    process.start()
    theirs.close()
    current = None
    try:
        while ours.poll(_PATIENCE_S):
            kind, told = ours.recv()
            if kind == "done" or time.monotonic() > until:
                return numbers.stop
            if kind == "begins":
                current = told
            else:
                add(total, told)
                current = None
        problem = "hang"
    except EOFError:
        process.join()
        problem = f"death: exit status {process.exitcode}"
    finally:
        process.kill()
        process.join()
    if current is None:
        raise RuntimeError(
            f"{TARGETS[target].name}: {problem}: {(folder / 'said').read_text()[-2000:]}"
        )
    down = Tally(1, findings=[Finding(TARGETS[target].name, current, problem)])
    add(total, down)
    return current + 1


def together(given: argparse.Namespace) -> dict[str, Tally]:
    """A few inputs for every target, all in this process, which a crash or a hang would stop."""
    chosen = [TARGETS[number] for number in chosen_targets(given)]
    tallies = {target.name: Tally() for target in chosen}
    end = time.monotonic() + given.seconds
    with tempfile.TemporaryDirectory(prefix="motionqc-fuzz-", dir=_fast_folder()) as folder:
        place = Path(folder)
        tempfile.tempdir = folder
        warnings.simplefilter("ignore")
        for target in chosen:
            with contextlib.suppress(Exception):
                write(target.make(generator(target, -1, given.seed)), place / "input")
                target.take(place / "input")
        guard, memory = Guard(place), Memory()
        for target, share in zip(chosen, shares(given.inputs, chosen), strict=True):
            for number in range(share):
                if time.monotonic() > end:
                    break
                one = judge(target, number, given.seed, place / "input", guard, memory)
                add(tallies[target.name], one)
        tempfile.tempdir = None
    return tallies


def add(total: Tally, one: Tally) -> None:
    """Take one tally up in another."""
    total.inputs += one.inputs
    total.refused += one.refused
    total.accepted += one.accepted
    total.slowest_s = max(total.slowest_s, one.slowest_s)
    total.most_bytes = max(total.most_bytes, one.most_bytes)
    total.findings += one.findings


def keep(finding: Finding, seed: int, folder: Path) -> Path:
    """Make an input again and keep its files, with what it brought about."""
    target = next(each for each in TARGETS if each.name == finding.target)
    place = folder / f"{finding.target.replace(' ', '-').replace(',', '')}-{seed}-{finding.number}"
    place.parent.mkdir(parents=True, exist_ok=True)
    write(target.make(generator(target, finding.number, seed)), place)
    (place / "problem.txt").write_text(finding.problem + "\n", "utf-8", "backslashreplace")
    return place


def shares(inputs: int, targets: Sequence[Target]) -> list[int]:
    """How many inputs each target gets, one at least."""
    whole = sum(target.weight for target in targets)
    return [max(1, round(inputs * target.weight / whole)) for target in targets]


def lines(tallies: dict[str, Tally]) -> Iterator[str]:
    """The table."""
    heads = ("inputs", "refused", "accepted", "slowest", "memory", "found")
    yield f"{'target':<26}" + "".join(f"{head:>10}" for head in heads)
    total = Tally()
    for tally in tallies.values():
        add(total, tally)
    yield from (row(name, tally) for name, tally in [*tallies.items(), ("all", total)])


def row(name: str, tally: Tally) -> str:
    """A line of the table."""
    return (
        f"{name:<26}{tally.inputs:>10}{tally.refused:>10}{tally.accepted:>10}"
        f"{tally.slowest_s:>8.2f} s{tally.most_bytes / 2**20:>6.0f} MiB{len(tally.findings):>10}"
    )


def main(words: Sequence[str] | None = None) -> int:
    """Run, print the table, keep what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for all targets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="targets whose name has this in it")
    parser.add_argument("--keep", type=Path, default=REPOSITORY / "build" / "fuzz")
    parser.add_argument("--together", action="store_true", help="in one process, for a short run")
    given = parser.parse_args(words)
    tallies = together(given) if given.together else supervised(given)
    print("\n".join(lines(tallies)))
    findings = [finding for tally in tallies.values() for finding in tally.findings]
    alike: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        alike[f"{finding.target}: {finding.problem}"].append(finding)
    for problem, those in sorted(alike.items(), key=lambda item: -len(item[1])):
        kept = [keep(finding, given.seed, given.keep).name for finding in those[:_KEPT]]
        print(f"{len(those):>6} x {problem}  ({', '.join(kept)})")
    return 1 if findings else 0


def chosen_targets(given: argparse.Namespace) -> list[int]:
    """Places of the targets that were asked for."""
    return [number for number, target in enumerate(TARGETS) if given.only in target.name]


def supervised(given: argparse.Namespace) -> dict[str, Tally]:
    """All inputs, each target in processes of its own."""
    chosen = chosen_targets(given)
    end = time.monotonic() + given.seconds
    tallies: dict[str, Tally] = {}
    for number, inputs in zip(
        chosen, shares(given.inputs, [TARGETS[n] for n in chosen]), strict=True
    ):
        tallies[TARGETS[number].name] = fuzz(number, given.seed, inputs, end)
        name = TARGETS[number].name
        for line in [row(name, tallies[name]), *{f.problem for f in tallies[name].findings}]:
            print(line, file=sys.stderr, flush=True)
    return tallies


if __name__ == "__main__":
    sys.exit(main())
