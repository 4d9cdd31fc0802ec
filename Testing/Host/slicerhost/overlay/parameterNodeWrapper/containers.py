"""Values of parts: lists, tuples, dictionaries. Their parts lie under names of their own.

What is read of a list or a dictionary writes its changes back.
"""

from __future__ import annotations

from collections.abc import MutableMapping, MutableSequence
from typing import Any

import slicer
from slicer.parameterNodeWrapper.storage import Storage


class SequenceStorage(Storage):
    """Lists, of any length, and tuples, of a fixed one."""

    def __init__(self, inner: list[Storage], *, fixed: bool) -> None:
        self.inner, self.fixed = inner, fixed

    def default(self) -> Any:
        return tuple(entry.default() for entry in self.inner) if self.fixed else []

    def check(self, value: Any) -> None:
        if not isinstance(value, tuple if self.fixed else (list, ObservedList)):
            raise TypeError(
                f"the value must be a {'tuple' if self.fixed else 'list'}, not {value!r}"
            )
        if self.fixed and len(value) != len(self.inner):
            raise ValueError(f"the tuple must have {len(self.inner)} items, not {len(value)}")
        for index, item in enumerate(value):
            self._at(index).check(item)

    def write(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, str(len(value)))
        for index, item in enumerate(value):
            self._at(index).write(node, f"{name}.{index}", item)

    def read(self, node: Any, name: str) -> Any:
        items = [
            self._at(index).read(node, f"{name}.{index}")
            for index in range(int(node.GetParameter(name)))
        ]
        return tuple(items) if self.fixed else ObservedList(self, node, name, items)

    def _at(self, index: int) -> Storage:
        return self.inner[index] if self.fixed else self.inner[0]


class DictStorage(Storage):
    """Dictionaries."""

    def __init__(self, keys: Storage, values: Storage) -> None:
        self.pairs = SequenceStorage([SequenceStorage([keys, values], fixed=True)], fixed=False)

    def default(self) -> Any:
        return {}

    def check(self, value: Any) -> None:
        if not isinstance(value, (dict, ObservedDict)):
            raise TypeError(f"the value must be a dict, not {value!r}")
        self.pairs.check(list(value.items()))

    def write(self, node: Any, name: str, value: Any) -> None:
        self.pairs.write(node, name, list(value.items()))

    def read(self, node: Any, name: str) -> Any:
        return ObservedDict(self, node, name, dict(self.pairs.read(node, name)))


class ObservedList(MutableSequence[Any]):
    """A list out of a parameter node; changing it changes the node."""

    def __init__(self, storage: Storage, node: Any, name: str, items: list[Any]) -> None:
        self._place, self._items = (storage, node, name), items

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._items[index] = value
        save(self._place, self._items)

    def __delitem__(self, index: Any) -> None:
        del self._items[index]
        save(self._place, self._items)

    def insert(self, index: int, value: Any) -> None:
        """Insert an item."""
        self._items.insert(index, value)
        save(self._place, self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == (other._items if isinstance(other, ObservedList) else other)

    def __repr__(self) -> str:
        return f"ObservedList({self._items})"


class ObservedDict(MutableMapping[Any, Any]):
    """A dictionary out of a parameter node; changing it changes the node."""

    def __init__(self, storage: Storage, node: Any, name: str, items: dict[Any, Any]) -> None:
        self._place, self._items = (storage, node, name), items

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Any:
        return iter(self._items)

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._items[key] = value
        save(self._place, self._items)

    def __delitem__(self, key: Any) -> None:
        del self._items[key]
        save(self._place, self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == (other._items if isinstance(other, ObservedDict) else other)

    def __repr__(self) -> str:
        return f"ObservedDict({self._items})"


def save(place: tuple[Storage, Any, str], value: Any) -> None:
    """Write a changed container back."""
    storage, node, name = place
    storage.check(value)
    with slicer.util.NodeModify(node):
        storage.write(node, name, value)
