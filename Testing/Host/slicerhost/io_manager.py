"""`slicer.app.coreIOManager()`: files in and out by the MRML core's own readers and writers.

Only the kinds that the module uses: volumes, tables, scenes (`.mrml`, `.mrb`, a folder).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer

from slicerhost.mrml_core import Core

LABEL_MAP, CENTRED, SINGLE_FILE, AUTO_WINDOW_LEVEL, DISCARD_ORIENTATION = 1, 2, 4, 8, 16

VOLUME_ENDINGS = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd", ".img", ".hdr")
TABLE_ENDINGS = (".csv", ".tsv", ".schema.csv")
SCENE_ENDINGS = (".mrml", ".mrb")


class IOManager:
    """Reads and writes what `slicer.util` asks for."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._readers: dict[str, Callable[..., bool]] = {
            "VolumeFile": self._load_volume,
            "TableFile": self._load_table,
            "SceneFile": self._load_scene,
        }

    def fileType(self, path: str) -> str:
        """Name the kind of a file by its ending."""
        name = str(path).lower()
        kinds = {
            VOLUME_ENDINGS: "VolumeFile",
            TABLE_ENDINGS: "TableFile",
            SCENE_ENDINGS: "SceneFile",
        }
        for endings, kind in kinds.items():
            if name.endswith(endings):
                return kind
        return "NoFile"

    def fileWriterFileType(self, node: Any) -> str:
        return "NodeFile" if node is not None else "NoFile"

    def loadNodes(
        self, kind: str, properties: dict[str, Any], loaded: Any = None, messages: Any = None
    ) -> bool:
        """Load a file; the nodes are added to the collection `loaded`."""
        if kind not in self._readers:
            raise NotImplementedError(f"the host reads {sorted(self._readers)}, not {kind}")
        # slicer.util hands its shared default dictionary on: what is changed here must not stay.
        return self._readers[kind](dict(properties), loaded, messages)

    def saveNodes(self, kind: str, properties: dict[str, Any], messages: Any = None) -> bool:
        path = Path(str(properties["fileName"]))
        properties.pop("fileName")
        if kind == "SceneFile":
            return self._save_scene(path, messages)
        return save_node(self._core.scene.GetNodeByID(properties.pop("nodeID")), path)

    def _load_volume(self, properties: dict[str, Any], loaded: Any, messages: Any) -> bool:
        path = str(properties["fileName"])
        name = properties.get("name") or plain_name(path)
        node = self._core.logics["Volumes"].AddArchetypeVolume(
            path, name, volume_options(properties), None, messages
        )
        if node is None:
            return False
        add(loaded, node)
        if properties.get("show", True):
            selection = self._core.application_logic.GetSelectionNode()
            selection.SetActiveVolumeID(node.GetID())
            self._core.application_logic.PropagateVolumeSelection()
        return True

    def _load_table(self, properties: dict[str, Any], loaded: Any, messages: Any) -> bool:
        path = str(properties["fileName"])
        logic = self._core.logics["Tables"]
        node = logic.AddTable(path, properties.get("name") or plain_name(path), True)
        if node is not None:
            add(loaded, node)
        return node is not None

    def _load_scene(self, properties: dict[str, Any], loaded: Any, messages: Any) -> bool:
        path, clear = str(properties["fileName"]), bool(properties.get("clear", False))
        scene = self._core.scene
        if path.lower().endswith(".mrb"):
            return bool(scene.ReadFromMRB(path, clear, messages))
        scene.SetURL(path)
        return bool(scene.Connect(messages) if clear else scene.Import(messages))

    def _save_scene(self, path: Path, messages: Any) -> bool:
        scene = self._core.scene
        if path.suffix.lower() == ".mrb":
            return bool(scene.WriteToMRB(str(path), None, messages))
        if path.suffix.lower() == ".mrml":
            scene.SetRootDirectory(str(path.parent))
            scene.SetURL(str(path))
            return bool(scene.Commit(str(path), messages))
        path.mkdir(parents=True, exist_ok=True)
        return bool(scene.SaveSceneToSlicerDataBundleDirectory(str(path), None, messages))


def volume_options(properties: dict[str, Any]) -> int:
    """The loading options of vtkSlicerVolumesLogic, from the reader's properties."""
    bits = {
        "labelmap": LABEL_MAP,
        "center": CENTRED,
        "singleFile": SINGLE_FILE,
        "autoWindowLevel": AUTO_WINDOW_LEVEL,
        "discardOrientation": DISCARD_ORIENTATION,
    }
    unknown = set(properties) - set(bits) - {"fileName", "name", "show", "colorNodeID", "fileType"}
    if unknown:
        raise NotImplementedError(f"the host knows no volume properties {sorted(unknown)}")
    chosen = {"autoWindowLevel": True, **properties}
    return sum(bit for name, bit in bits.items() if chosen.get(name))


def save_node(node: Any, path: Path) -> bool:
    """Write a node through the storage node that it would have in Slicer."""
    storage = node.CreateDefaultStorageNode()
    storage.UnRegister(None)
    storage.SetFileName(str(path))
    return bool(storage.WriteData(node))


def plain_name(path: str) -> str:
    """A file's name without what makes it a file's."""
    name = Path(path).name
    for ending in sorted((*VOLUME_ENDINGS, *TABLE_ENDINGS), key=len, reverse=True):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def add(collection: Any, node: Any) -> None:
    if collection is not None:
        collection.AddItem(node)


def message_collection() -> Any:
    return slicer.vtkMRMLMessageCollection()
