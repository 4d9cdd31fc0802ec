"""The parameter node wrapper by its published rules.

Source: developer guide, *Parameter nodes* (overview, supported types, defaults, validators), and
`Base/Python/slicer/parameterNodeWrapper`.
"""

import enum
import pathlib
from pathlib import Path
from typing import Annotated, Any, Optional, Union

import pytest


class Shade(enum.Enum):
    """Two shades."""

    LIGHT = 1
    DARK = 2


@pytest.mark.parametrize(
    ("type_", "default", "value"),
    [
        (int, 0, -3),
        (float, 0.0, 2.5),
        (str, "", "a b"),
        (bool, False, True),
        (pathlib.Path, pathlib.Path(), pathlib.Path("/data/scan.nii.gz")),
        (Shade, Shade.LIGHT, Shade.DARK),
        (list[int], [], [3, 4]),
        (tuple[int, str], (0, ""), (2, "b")),
        (dict[str, float], {}, {"a": 1.5}),
        (Optional[int], None, 5),  # noqa: UP045
        (int | None, None, 6),
        (list[tuple[int, str]], [], [(1, "a")]),
    ],
)
def test_every_type_is_kept(wrapped: Any, type_: Any, default: Any, value: Any) -> None:
    parameters = wrapped(field=type_)
    assert parameters.field == default
    parameters.field = value
    assert parameters.field == value
    assert wrapped(field=type_).field == value


def test_a_colour_is_kept(wrapped: Any, qt: Any) -> None:
    parameters = wrapped(field=qt.QColor)
    parameters.field = qt.QColor(10, 20, 30, 40)
    assert parameters.field == qt.QColor(10, 20, 30, 40)


def test_a_node_is_kept_as_a_reference(
    wrapped: Any, a_node: Any, slicer: Any, a_volume: Any
) -> None:
    parameters = wrapped(field=slicer.vtkMRMLScalarVolumeNode)
    assert parameters.field is None
    parameters.field = a_volume
    assert a_node.GetNodeReference("field") is a_volume


def test_a_union_of_nodes_takes_each(wrapped: Any, slicer: Any, a_volume: Any) -> None:
    either = Union[slicer.vtkMRMLScalarVolumeNode, slicer.vtkMRMLTableNode, None]  # noqa: UP007
    parameters = wrapped(field=either)
    for node in (a_volume, slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode"), None):
        parameters.field = node
        assert parameters.field is node


def test_a_node_of_another_class_is_refused(wrapped: Any, a_node: Any, slicer: Any) -> None:
    parameters = wrapped(field=slicer.vtkMRMLTableNode)
    with pytest.raises(TypeError, match="must be of type"):
        parameters.field = a_node


@pytest.mark.parametrize("type_", [complex, set, object, list, Any, int | str])
def test_an_unknown_type_raises_where_it_is_declared(wrapped: Any, type_: Any) -> None:
    with pytest.raises(TypeError, match="a parameter cannot be of type"):
        wrapped(field=type_)


def test_an_unknown_annotation_raises(wrapped: Any) -> None:
    with pytest.raises(TypeError, match="is no annotation"):
        wrapped(field=Annotated[int, "a note"])


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (lambda p: p.WithinRange(0, 5), 5, 6),
        (lambda p: p.Minimum(0), 0, -1),
        (lambda p: p.Maximum(3), 3, 4),
        (lambda p: p.Choice([0, 2]), 2, 1),
        (lambda p: p.Exclude([7]), 8, 7),
    ],
)
def test_an_invalid_value_raises_and_changes_nothing(
    wrapped: Any, pnw: Any, annotation: Any, good: int, bad: int
) -> None:
    parameters = wrapped(field=Annotated[int, annotation(pnw)])
    parameters.field = good
    with pytest.raises(ValueError, match=str(bad)):
        parameters.field = bad
    assert parameters.field == good


def test_a_module_may_have_its_own_validator(wrapped: Any, pnw: Any) -> None:
    class Even(pnw.Validator):
        def validate(self, value: int) -> None:
            if value % 2:
                raise ValueError(f"{value} is odd")

    parameters = wrapped(field=Annotated[int, Even()])
    with pytest.raises(ValueError, match="3 is odd"):
        parameters.field = 3


def test_a_validator_that_does_not_validate_cannot_be_made(pnw: Any) -> None:
    class Idle(pnw.Validator):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Idle()


@pytest.mark.parametrize(("type_", "bad"), [(int, "3"), (int, 2.5), (str, 3), (bool, 1)])
def test_a_value_of_another_type_raises(wrapped: Any, type_: Any, bad: Any) -> None:
    with pytest.raises(TypeError, match="must be of type"):
        wrapped(field=type_).field = bad


def test_a_plain_parameter_is_never_none(wrapped: Any) -> None:
    with pytest.raises(ValueError, match="must not be None"):
        wrapped(field=str).field = None


def test_defaults_stand_behind_the_equals_sign_or_in_the_annotation(pnw: Any, a_node: Any) -> None:
    @pnw.parameterNodeWrapper
    class Parameters:
        first: int = 3
        second: Annotated[int, pnw.Default(4)]
        third: Annotated[str, pnw.Default(generator=lambda: "made")]

    parameters = Parameters(a_node)
    assert (parameters.first, parameters.second, parameters.third) == (3, 4, "made")
    assert parameters.default("second").value == 4


def test_a_default_is_inherited(pnw: Any, a_node: Any) -> None:
    class Base:
        amount: int = 3

    @pnw.parameterNodeWrapper
    class Parameters(Base):
        name: str

    assert Parameters(a_node).amount == 3


def test_a_default_outside_the_range_raises(wrapped: Any, pnw: Any) -> None:
    with pytest.raises(ValueError, match=r"0 is not within"):
        wrapped(field=Annotated[int, pnw.WithinRange(2, 5)])


@pytest.mark.parametrize("name", ["default", "getValue", "Modified", "connectGui", "dataType"])
def test_reserved_names_raise(wrapped: Any, name: str) -> None:
    with pytest.raises(ValueError, match="reserved"):
        wrapped(**{name: int})


def test_a_misspelt_parameter_raises(wrapped: Any) -> None:
    with pytest.raises(AttributeError, match="no parameter 'amuont'"):
        wrapped(amount=int).amuont = 3


def test_lists_and_dictionaries_save_their_changes(wrapped: Any) -> None:
    parameters = wrapped(numbers=list[int], names=dict[str, int])
    parameters.numbers.append(3)
    parameters.names["a"] = 1
    again = wrapped(numbers=list[int], names=dict[str, int])
    assert (again.numbers, again.names) == ([3], {"a": 1})


def test_packs_nest_and_are_reached_by_dots(wrapped: Any, pnw: Any) -> None:
    @pnw.parameterPack
    class Point:
        x: float
        y: Annotated[float, pnw.WithinRange(0, 9)] = 1.0

    @pnw.parameterPack
    class Box:
        corner: Point
        name: str = "box"

    parameters = wrapped(box=Box)
    parameters.box.corner.x = 4.5
    parameters.setValue("box.corner.y", 2.0)
    assert parameters.box == Box(Point(4.5, 2.0))
    assert parameters.getValue("box.corner.x") == 4.5
    with pytest.raises(ValueError, match="not within"):
        parameters.box.corner.y = 10.0
    with pytest.raises(ValueError, match="no parameter 'z'"):
        parameters.getValue("box.corner.z")


def test_values_are_texts_of_the_node(wrapped: Any, a_node: Any) -> None:
    parameters = wrapped(amount=float, live=bool, shade=Shade)
    parameters.live = True
    texts = [a_node.GetParameter(name) for name in ("amount", "live", "shade")]
    assert texts == ["0.0", "True", "LIGHT"]


def test_a_change_of_the_node_is_seen(wrapped: Any, a_node: Any) -> None:
    parameters = wrapped(amount=int)
    a_node.SetParameter("amount", "8")
    assert parameters.amount == 8


def test_an_observer_finds_the_new_value(wrapped: Any) -> None:
    parameters, seen = wrapped(amount=int), []
    tag = parameters.AddObserver("ModifiedEvent", lambda *_: seen.append(parameters.amount))
    parameters.amount = 5
    parameters.RemoveObserver(tag)
    assert seen == [5]


def test_modifications_are_gathered(wrapped: Any, slicer: Any) -> None:
    parameters, seen = wrapped(amount=int, name=str), []
    parameters.AddObserver("ModifiedEvent", lambda *_: seen.append(1))
    with slicer.util.NodeModify(parameters):
        parameters.amount, parameters.name = 3, "a"
    assert seen == [1]


def test_a_wrapper_that_is_gone_observes_nothing(wrapped: Any, a_node: Any) -> None:
    wrapped(amount=int)
    assert not a_node.HasObserver("ModifiedEvent")


def test_parameters_survive_a_saved_scene(
    host: Any, wrapped: Any, slicer: Any, a_volume: Any, tmp_path: Path
) -> None:
    from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

    fields = {"amount": float, "shade": Shade, "volume": slicer.vtkMRMLScalarVolumeNode}
    logic = ScriptedLoadableModuleLogic()
    parameters = wrapped(logic.getParameterNode(), **fields)
    parameters.amount, parameters.shade, parameters.volume = 2.5, Shade.DARK, a_volume
    host.save_scene(tmp_path / "scene.mrb")
    host.load_scene(tmp_path / "scene.mrb")
    again = wrapped(logic.getParameterNode(), **fields)
    assert (again.amount, again.shade) == (2.5, Shade.DARK)
    assert again.volume.GetName() == "A volume"


def test_a_reference_out_of_a_loaded_scene_is_seen_after_the_next_modification(
    host: Any, wrapped: Any, slicer: Any, a_volume: Any, tmp_path: Path
) -> None:
    """`_CachedParameterWrapper` renews its value at ModifiedEvent, and a reference has its own."""
    from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

    logic = ScriptedLoadableModuleLogic()
    fields = {"volume": slicer.vtkMRMLScalarVolumeNode}
    wrapped(logic.getParameterNode(), **fields).volume = a_volume
    host.save_scene(tmp_path / "scene.mrb")
    host.close_scene()
    parameters = wrapped(logic.getParameterNode(), **fields)
    slicer.util.loadScene(str(tmp_path / "scene.mrb"), {})
    before = parameters.volume
    parameters.Modified()
    assert (before, parameters.volume.GetName()) == (None, "A volume")
