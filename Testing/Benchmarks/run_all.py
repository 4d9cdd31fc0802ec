"""Every benchmark, one after the other, and one summary of what has a target.

    python Testing/Benchmarks/run_all.py [--rounds N] [--json PATH]

The exit status is 0 only where every benchmark ran and every target is met.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from targets import Figure, missed, parser, read_record, table, write_record

HERE = Path(__file__).parent
BENCHMARKS = (
    "simulate",
    "simulate_slice",
    "conform",
    "network_pass",
    "score_process",
    "module",
    "synthesis",
    "training",
    "finetune",
)


def run(name: str, options: Sequence[str]) -> dict[str, list[Figure]]:
    """Run one benchmark in a process of its own; nothing comes back from one that broke down."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.json"
        words = [sys.executable, str(HERE / f"{name}.py"), "--json", str(record), *options]
        subprocess.run(words, check=False)
        print(flush=True)
        return read_record(record) if record.exists() else {}


def summary(found: dict[str, dict[str, list[Figure]]]) -> tuple[str, int]:
    """The figures that have a target, as text, and the exit status.

    Parameters
    ----------
    found
        Figures by title, by benchmark.
    """
    parts = [
        table(title, [figure for figure in figures if figure.met is not None])
        for benchmark in found.values()
        for title, figures in benchmark.items()
    ]
    every = [
        figure for benchmark in found.values() for part in benchmark.values() for figure in part
    ]
    broken = [name for name, benchmark in found.items() if not benchmark]
    targets = sum(figure.met is not None for figure in every)
    parts += [f"{name}: broke down, see above" for name in broken]
    parts.append(f"{targets - len(missed(every))} of {targets} targets met")
    return "\n\n".join(parts), 1 if broken or missed(every) else 0


def main() -> int:
    """Run all, print the summary, and write one record."""
    arguments = parser(__doc__, rounds=None).parse_args()
    passed_on = ["--rounds", str(arguments.rounds)] if arguments.rounds else []
    found = {name: run(name, passed_on) for name in BENCHMARKS}
    text, status = summary(found)
    print(text)
    if arguments.json is not None:
        write_record(
            arguments.json, {title: f for part in found.values() for title, f in part.items()}
        )
    return status


if __name__ == "__main__":
    raise SystemExit(main())
