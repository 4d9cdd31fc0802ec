"""The page `Resources/Docs/shell.md`: every command with its options, out of their parsers.

Run as `python Testing/Docs/shell_reference.py`, which writes the page.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

from MotionQCLib.cli import main
from MotionQCLib.cli.shell import build_parser
from MotionQCLib.cli.training import COMMANDS

PAGE = Path(__file__).resolve().parents[2] / "Resources" / "Docs" / "shell.md"

HEAD = """\
# The shell: `motionqc`

*Made from the commands' own parsers by `python Testing/Docs/shell_reference.py`; a test holds the
two together. Examples are in the [README](../../README.md) and the [training guide](training.md).*

## Examples

```shell
motionqc score scan.nii.gz         # a table for people
motionqc score study/ --json       # a folder of scans, a DICOM folder or zip: one object a line
motionqc score scan.mgz --output reports/
motionqc simulate scan.nii.gz -o moved.nii.gz --events 5 --rotation 2 --seed 1
motionqc models                    # what can score here
```

`score --output` writes for each scan a JSON file, a figure of the distribution and a picture of the
scan, and about all of them a table (`motionqc.tsv`) and a page (`motionqc.html`: scores by site,
the highest with pictures, a table to sort and filter) that opens offline. Of many scans, as many
are scored side by side as there are cores (`--workers`), or on a Ray cluster (`--ray ADDRESS`, with
`pip install 'motionqc[cluster]'`). The same command goes on after any interruption: a scan that has
its report there is not scored again, unless it or the model has changed, or `--again` is given.

A DICOM folder, of one examination or of many, stands for every series of it that is named like a
T1-weighted scan, or for every stack of slices of a study in which none is; `--series` chooses by
number. Of a zip one series must be meant, or chosen.

`simulate` writes the moved scan and, beside it, its poses, onsets and true scores.

## What all commands share

Every command takes `--help`, and `motionqc --version` says which version it is. The exit status is
0 when all is done, 2 when an input is at fault (one line says which, why and what to do; the other
scans are still scored), 1 for a defect of ours, with its traceback, and 130 when it was
interrupted or nobody reads what it prints.

`score`, `calibrate`, `simulate` and `models` need only what a plain installation brings. The other
commands belong to training and take the extra `train` (`tune` takes the extra `tune`, `reproduce`
the extra `published`).
"""


def page() -> str:
    """Return the page as Markdown."""
    parsers = [*_own_parsers(), *(_training_parser(name) for name in COMMANDS)]
    return "\n".join([HEAD, *("\n".join(_section(parser)) for parser in parsers)])


def _own_parsers() -> Iterator[argparse.ArgumentParser]:
    """Parsers of the commands that need no training package."""
    for action in build_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from (own for name, own in action.choices.items() if name not in COMMANDS)


def _training_parser(name: str) -> argparse.ArgumentParser:
    """Parser of a training command, caught when it is about to read the command's words."""
    caught: list[argparse.ArgumentParser] = []

    def catch(parser: argparse.ArgumentParser, *_: object) -> argparse.Namespace:
        caught.append(parser)
        raise SystemExit

    with patch.object(argparse.ArgumentParser, "parse_args", catch), suppress(SystemExit):
        main([name])
    return caught[0]


def _section(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Heading, purpose, and every argument in a table."""
    actions = [a for a in parser._actions if not isinstance(a, argparse._HelpAction)]
    yield f"## {parser.prog}"
    yield ""
    yield _purpose(parser)
    yield ""
    if not actions:
        yield "It takes no options."
        yield ""
        return
    yield "| argument | meaning |"
    yield "|---|---|"
    for action in actions:
        yield f"| {_cell(_spelling(action))} | {_cell(_meaning(action, parser.prog))} |"
    yield ""


def _purpose(parser: argparse.ArgumentParser) -> str:
    text = re.sub(r"\s+", " ", (parser.description or "").replace("``", "`")).strip()
    text = text.removeprefix(f"`{parser.prog}`: ").rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def _spelling(action: argparse.Action) -> str:
    """The argument as it is typed, with what it takes."""
    taken = _taken(action)
    if not action.option_strings:
        return f"`{taken}`"
    names = ", ".join(f"`{name}`" for name in action.option_strings)
    needed = " (needed)" if action.required else ""
    return f"{names}{f' `{taken}`' if taken else ''}{needed}"


def _taken(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.metavar is not None:
        name = str(action.metavar)
    elif action.choices is not None:
        name = "|".join(map(str, action.choices))
    else:
        name = action.dest.upper()
    return {"+": f"{name}...", "*": f"[{name}...]", "?": f"[{name}]"}.get(str(action.nargs), name)


def _meaning(action: argparse.Action, prog: str) -> str:
    """The help of the argument, and its default where neither says it."""
    words = (action.help or "") % {**vars(action), "prog": prog}
    default = action.default
    if "default" in words or default in (None, False, "", []):
        return words
    shown = " ".join(map(str, default)) if isinstance(default, list) else str(default)
    return f"{words} (default: {shown})".strip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
