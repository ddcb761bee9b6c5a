"""Pickles read as data: what a pickle would call is written down, and nothing is called or imported.

A pickle is a program for a machine with a stack. Here its opcodes (pickletools) make plain values; a name such as
'numpy.ndarray' becomes a `Name`, and what would be a call of it a `Call`. Only names that the reader has asked for are
taken.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any

MAX_OPCODES = 5_000_000
MAX_INTEGER = 64
"""Bytes."""


@dataclass(frozen=True)
class Name:
    """Something that a pickle names: a function or a class of a module."""

    module: str
    name: str


@dataclass(eq=False)
class Call:
    """A call that a pickle would make: of what, with what, and the state that the result would get afterwards."""

    of: Name
    arguments: tuple[Any, ...]
    state: Any = None


_MARK = object()
_Key = str | int | None


class Interpreter:
    """Runs the opcodes of one pickle. names: those that it may have."""

    def __init__(self, names: Set[tuple[str, str]]) -> None:
        self._names = names
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        """The value that a pickle describes.

        Raises:
            ValueError: it is none, is cut short, or does what no data do, for a reason in one line.
        """
        try:
            for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
                if count > MAX_OPCODES:
                    raise ValueError(f"over {MAX_OPCODES:,} opcodes")
                if opcode.name == "STOP":
                    return self._pop()
                self._step(opcode.name, argument)
        except (IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"damaged ({type(error).__name__})") from None
        raise ValueError("cut short")

    def _step(self, name: str, argument: Any) -> None:
        if name in _VALUES:
            self._stack.append(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name]())
        elif name in _INTEGERS:
            if argument.bit_length() > 8 * MAX_INTEGER:
                raise ValueError("a number of thousands of digits")
            self._stack.append(argument)
        elif (step := _STEPS.get(name)) is not None:
            step(self, argument)
        elif name not in ("PROTO", "FRAME"):
            raise ValueError(f"opcode {name}, which data don't need")

    def _pop(self) -> Any:
        if not self._stack or (value := self._stack.pop()) is _MARK:
            raise ValueError("damaged (nothing on the stack)")
        return value

    def _pop_many(self) -> list[Any]:
        """What lies above the last mark, which goes too."""
        for at in range(len(self._stack) - 1, -1, -1):
            if self._stack[at] is _MARK:
                values = self._stack[at + 1 :]
                del self._stack[at:]
                return values
        raise ValueError("damaged (no mark on the stack)")

    def _top(self, kind: type | tuple[type, ...]) -> Any:
        if not self._stack or not isinstance(self._stack[-1], kind):
            raise ValueError("damaged (something else on the stack)")
        return self._stack[-1]

    def _name(self, module: Any, name: Any) -> None:
        if (module, name) not in self._names:
            raise ValueError(
                f"it names {str(module)[:40]}.{str(name)[:40]}, which no table needs; nothing of it was run"
            )
        self._stack.append(Name(module, name))

    def _call(self) -> None:
        arguments = self._pop()
        of = self._pop()
        if not isinstance(of, Name) or not isinstance(arguments, tuple):
            raise ValueError("a call of what is no name")
        self._stack.append(Call(of, arguments))

    def _build(self) -> None:
        state = self._pop()
        self._top(Call).state = state

    def _put(self, key: int) -> None:
        self._memo[key] = self._top(object)

    def _get(self, key: int) -> None:
        self._stack.append(self._memo[key])

    def _items(self, values: list[Any]) -> dict[_Key, Any]:
        if len(values) % 2 or not all(isinstance(key, str | int | None) for key in values[::2]):
            raise ValueError("a mapping whose keys are no names")
        return dict(zip(values[::2], values[1::2], strict=True))

    def _tuple(self, count: int) -> None:
        if len(self._stack) < count or _MARK in self._stack[-count:]:
            raise ValueError("damaged (nothing on the stack)")
        values = tuple(self._stack[-count:])
        del self._stack[-count:]
        self._stack.append(values)

    def _append(self, values: list[Any]) -> None:
        self._top(list).extend(values)

    def _set(self, values: list[Any]) -> None:
        self._top(dict).update(self._items(values))

    def _pair(self) -> list[Any]:
        value = self._pop()
        return [self._pop(), value]


_VALUES = {
    "FLOAT", "BINFLOAT", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE",
    "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
}  # fmt: skip
_INTEGERS = {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"}
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
    "MARK": lambda: _MARK,
}
_STEPS: dict[str, Callable[[Interpreter, Any], object]] = {
    "POP": lambda self, _: self._stack.pop(),
    "POP_MARK": lambda self, _: self._pop_many(),
    "DUP": lambda self, _: self._stack.append(self._top(object)),
    "LIST": lambda self, _: self._stack.append(self._pop_many()),
    "APPEND": lambda self, _: self._append([self._pop()]),
    "APPENDS": lambda self, _: self._append(self._pop_many()),
    "TUPLE": lambda self, _: self._stack.append(tuple(self._pop_many())),
    "TUPLE1": lambda self, _: self._tuple(1),
    "TUPLE2": lambda self, _: self._tuple(2),
    "TUPLE3": lambda self, _: self._tuple(3),
    "DICT": lambda self, _: self._stack.append(self._items(self._pop_many())),
    "SETITEM": lambda self, _: self._set(self._pair()),
    "SETITEMS": lambda self, _: self._set(self._pop_many()),
    "PUT": Interpreter._put,
    "BINPUT": Interpreter._put,
    "LONG_BINPUT": Interpreter._put,
    "MEMOIZE": lambda self, _: self._put(len(self._memo)),
    "GET": Interpreter._get,
    "BINGET": Interpreter._get,
    "LONG_BINGET": Interpreter._get,
    "GLOBAL": lambda self, text: self._name(*text.split(" ", 1)),
    "STACK_GLOBAL": lambda self, _: self._name(*self._pair()),
    "REDUCE": lambda self, _: self._call(),
    "NEWOBJ": lambda self, _: self._call(),
    "BUILD": lambda self, _: self._build(),
}
