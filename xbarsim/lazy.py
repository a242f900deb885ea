"""What is made when first used: names of a package, which is then quick to import, and items."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar, overload

T = TypeVar("T")


def looked_up(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a package whose public names live in its modules.

    Parameters
    ----------
    package : its full name.
    homes : for each public name the module, below the package, where it lives.
    """

    def found(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return found


class Items(Sequence[T]):
    """Items that are made when they are asked for, by `item`."""

    @abstractmethod
    def item(self, number: int) -> T:
        """The item in place `number`, from 0."""

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        numbers = range(len(self))[index]
        return self.item(numbers) if isinstance(numbers, int) else [self.item(k) for k in numbers]
