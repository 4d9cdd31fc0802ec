"""`slicer.parameterNodeWrapper` of the host: typed parameters on a vtkMRMLScriptedModuleNode.

Written from the published rules: the developer guide's pages on parameter nodes, and the behaviour
of `Base/Python/slicer/parameterNodeWrapper`.
"""

from slicer.parameterNodeWrapper.annotations import (
    Choice,
    Decimals,
    Default,
    Exclude,
    IsInstance,
    Maximum,
    Minimum,
    NotNone,
    SingleStep,
    Validator,
    WithinRange,
)
from slicer.parameterNodeWrapper.gui_connection import SlicerParameterNamePropertyName
from slicer.parameterNodeWrapper.pack import isParameterPack, parameterPack
from slicer.parameterNodeWrapper.wrapper import isParameterNodeWrapper, parameterNodeWrapper

__all__ = [
    "Choice",
    "Decimals",
    "Default",
    "Exclude",
    "IsInstance",
    "Maximum",
    "Minimum",
    "NotNone",
    "SingleStep",
    "SlicerParameterNamePropertyName",
    "Validator",
    "WithinRange",
    "isParameterNodeWrapper",
    "isParameterPack",
    "parameterNodeWrapper",
    "parameterPack",
]
