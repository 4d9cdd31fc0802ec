"""`slicer.app.coreIOManager()`: files in and out by the MRML core's own readers and writers.

Only the kinds that the module uses: volumes, tables, scenes (`.mrml`, `.mrb`, a folder).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from slicerhost.mrml_core import Core
from slicerhost.not_offered import NotOfferedError

# Loading options of vtkSlicerVolumesLogic, by the name of the reader's property.
VOLUME_BITS = {
    "labelmap": 1,
    "center": 2,
    "singleFile": 4,
    "autoWindowLevel": 8,
    "discardOrientation": 16,
}

# The properties that each kind takes; `slicer.util` adds the first ones itself.
READS = {
    "VolumeFile": {"fileName", "fileType", "name", "show", *VOLUME_BITS},
    "TableFile": {"fileName", "fileType", "name"},
    "SceneFile": {"fileName", "fileType", "clear"},
}
WRITES = {"NodeFile": {"fileName", "nodeID"}, "SceneFile": {"fileName", "nodeID"}}

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
        """Load a file; the nodes are added to the collection `loaded`.

        Raises
        ------
        NotOfferedError
            The host has no reader of the kind, or the reader no such property.
        """
        if kind not in self._readers:
            raise NotOfferedError(
                f"the test host does not read {kind}: {sorted(self._readers)} only"
            )
        # slicer.util hands its shared default dictionary on: what is changed here must not stay.
        refuse_unknown(kind, properties, READS[kind])
        return self._readers[kind](dict(properties), loaded, messages)

    def saveNodes(self, kind: str, properties: dict[str, Any], messages: Any = None) -> bool:
        """Write a node or the scene.

        Raises
        ------
        NotOfferedError
            The host has no writer of the kind, or the writer no such property.
        """
        if kind not in WRITES:
            raise NotOfferedError(f"the test host does not write {kind}: {sorted(WRITES)} only")
        refuse_unknown(kind, properties, WRITES[kind])
        path = Path(str(properties["fileName"]))
        if kind == "SceneFile":
            return self._save_scene(path, messages)
        return save_node(self._core.scene.GetNodeByID(properties["nodeID"]), path)

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
    chosen = {"autoWindowLevel": True, **properties}
    return sum(bit for name, bit in VOLUME_BITS.items() if chosen.get(name))


def refuse_unknown(kind: str, properties: dict[str, Any], known: set[str]) -> None:
    """Raise NotOfferedError for a property that the host would pass over."""
    unknown = set(properties) - known
    if unknown:
        raise NotOfferedError(
            f"the test host does not know the properties {sorted(unknown)} of {kind}"
        )


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
