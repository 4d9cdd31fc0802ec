"""How a value lies in a parameter node, which holds texts and node references under names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from slicer.parameterNodeWrapper.annotations import validate


class Storage(ABC):
    """Reads and writes values of one type under a name."""

    @abstractmethod
    def default(self) -> Any:
        """The value of a parameter without a default of its own."""

    @abstractmethod
    def check(self, value: Any) -> None:
        """Raise TypeError or ValueError for a value that is not of the type."""

    @abstractmethod
    def write(self, node: Any, name: str, value: Any) -> None:
        """Put a valid value into the node."""

    @abstractmethod
    def read(self, node: Any, name: str) -> Any:
        """Take the value from the node."""

    def is_in(self, node: Any, name: str) -> bool:
        return bool(node.HasParameter(name))

    def is_cached(self) -> bool:
        """Whether a wrapper keeps the value between two ModifiedEvents of the node."""
        return False


class TextStorage(Storage):
    """Types whose values are one text."""

    def __init__(
        self,
        accepted: Any,
        default: Callable[[], Any],
        to_text: Callable[[Any], str],
        from_text: Callable[[str], Any],
    ) -> None:
        self.accepted = accepted
        self._default, self._to_text, self._from_text = default, to_text, from_text

    def default(self) -> Any:
        return self._default()

    def check(self, value: Any) -> None:
        if value is None:
            raise ValueError("the value must not be None")
        if not isinstance(value, self.accepted):
            raise TypeError(f"the value must be of type {self.accepted}, not {value!r}")

    def write(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, self._to_text(value))

    def read(self, node: Any, name: str) -> Any:
        return self._from_text(node.GetParameter(name))

    def is_cached(self) -> bool:
        return True


class NodeStorage(Storage):
    """A node of the scene, or None; kept as a reference, which follows the node's identifier."""

    def __init__(self, classes: tuple[type, ...]) -> None:
        self.classes = classes

    def default(self) -> Any:
        return None

    def check(self, value: Any) -> None:
        if value is not None and not isinstance(value, self.classes):
            raise TypeError(f"the node must be of type {self.classes}, not {value!r}")

    def write(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node: Any, name: str) -> Any:
        return node.GetNodeReference(name)

    def is_cached(self) -> bool:
        return True


class OptionalStorage(Storage):
    """A value or None."""

    def __init__(self, inner: Storage) -> None:
        self.inner = inner

    def default(self) -> Any:
        return None

    def check(self, value: Any) -> None:
        if value is not None:
            self.inner.check(value)

    def write(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, "None" if value is None else "Value")
        if value is not None:
            self.inner.write(node, f"{name}.value", value)

    def read(self, node: Any, name: str) -> Any:
        return None if node.GetParameter(name) == "None" else self.inner.read(node, f"{name}.value")


class CheckedStorage(Storage):
    """A storage whose type has annotations that refuse values."""

    def __init__(self, inner: Storage, annotations: list[Any]) -> None:
        self.inner, self.annotations = inner, annotations

    def default(self) -> Any:
        return self.inner.default()

    def check(self, value: Any) -> None:
        self.inner.check(value)
        validate(self.annotations, value)

    def write(self, node: Any, name: str, value: Any) -> None:
        self.inner.write(node, name, value)

    def read(self, node: Any, name: str) -> Any:
        return self.inner.read(node, name)

    def is_in(self, node: Any, name: str) -> bool:
        return self.inner.is_in(node, name)

    def is_cached(self) -> bool:
        return self.inner.is_cached()
