"""The picture of the page on architecture shows what the source imports."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from .test_imports import LIB, MAY_IMPORT, ROOTS, TRAINING, graph_of, package_of, read_imports

REPOSITORY = Path(__file__).resolve().parents[3]
SCRIPT = REPOSITORY / "Testing" / "Docs" / "architecture_diagram.py"
PICTURE = REPOSITORY / "Resources" / "Docs" / "architecture.svg"


@pytest.fixture(scope="module")
def made() -> ModuleType:
    described = importlib.util.spec_from_file_location("architecture_diagram", SCRIPT)
    assert described is not None
    assert described.loader is not None
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def test_the_picture_is_current(made: ModuleType) -> None:
    remedy = f"make the page anew: python {SCRIPT.relative_to(REPOSITORY)} > {PICTURE.name}"
    assert PICTURE.read_text("utf-8") == made.diagram(), remedy


def test_every_package_has_a_box_or_stands_in_the_bar_below(made: ModuleType) -> None:
    in_boxes = {module for box in made.BOXES.values() for module in box.modules}
    below = {f"{LIB}.{name}" for name in made.SHARED}
    assert {package_of(row) for row in MAY_IMPORT} == {package_of(m) for m in in_boxes} | below


def test_arrows_and_what_follows_from_them_are_the_imports(made: ModuleType) -> None:
    imports = [entry for root in ROOTS for entry in read_imports(root)]
    drawn = made.arrows()
    for name, targets in graph_of(imports, made.box_of).items():
        if name:
            assert made.reached(drawn, name) >= targets - {""}, name
    # A package imports what its boxes do, so that no arrow is drawn that the table would not allow.
    packages = graph_of(imports, package_of)
    for name, targets in drawn.items():
        (importer, *_), boxes = made.BOXES[name].modules, made.BOXES
        used = {package_of(boxes[target].modules[0]) for target in targets}
        assert used - {package_of(importer)} <= packages[package_of(importer)]


def test_what_follows_from_other_arrows_is_not_drawn(made: ModuleType) -> None:
    graph = {"a": {"b", "c", "d"}, "b": {"c"}, "c": set(), "d": set()}
    assert made.reduced(graph) == {"a": {"b", "d"}, "b": {"c"}, "c": set(), "d": set()}


def test_a_package_without_a_place_is_named(made: ModuleType) -> None:
    with pytest.raises(KeyError, match=r"MotionQCLib\.fresh\.thing has no box"):
        made.box_of(f"{LIB}.fresh.thing")
    assert made.box_of(f"{TRAINING}.fresh.thing") == "training"


def test_boxes_lie_apart_and_inside_the_picture(made: ModuleType) -> None:
    boxes = list(made.BOXES.values())
    for number, box in enumerate(boxes):
        assert made.BOX_WIDTH / 2 <= box.x <= made.WIDTH - made.BOX_WIDTH / 2
        for other in boxes[number + 1 :]:
            apart_x = abs(box.x - other.x) >= made.BOX_WIDTH + 10
            assert apart_x or abs(box.y - other.y) >= made.BOX_HEIGHT + 10, (box, other)


def test_the_picture_needs_nothing_from_elsewhere() -> None:
    root = ElementTree.parse(PICTURE).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kinds == {"svg", "title", "defs", "marker", "path", "rect", "text"}
    assert not any("href" in name for element in root.iter() for name in element.attrib)
