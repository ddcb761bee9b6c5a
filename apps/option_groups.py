"""Groups of options, each of which reaches a command as one object.

Example:
    @takes(selection=Selection, settings=Inference())
    def segment(source: SourceArgument, *, selection: Selection, settings: InferenceSettings) -> None: ...
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from inspect import Parameter, Signature, signature
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol, get_type_hints

import typer

from apps.options import ModelsOption, SettingsFileOption, SettingsOptions

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings

_FILE = "settings_file"


class Group(Protocol):
    """Options that become one object."""

    def parameters(self) -> list[Parameter]:
        """The options, as typer reads them."""

    def make(self, values: Mapping[str, Any]) -> Any:
        """The object. Raises InputError where the values make none."""


@dataclass(frozen=True)
class Fields:
    """A group of options that is a dataclass."""

    kind: type

    def parameters(self) -> list[Parameter]:
        """See `Group`."""
        hints = get_type_hints(self.kind, include_extras=True)
        return [
            Parameter(field.name, Parameter.KEYWORD_ONLY, annotation=hints[field.name], default=_default(field.default))
            for field in fields(self.kind)
        ]

    def make(self, values: Mapping[str, Any]) -> Any:
        """See `Group`."""
        return self.kind(**values)


class Inference:
    """The options of `InferenceSettings`: those of these names, or all but lanes, and --settings.

    lanes: with --lanes as well. file: whether a settings file can be given.
    """

    def __init__(self, *names: str, lanes: bool = False, file: bool = True) -> None:
        known = [field.name for field in fields(SettingsOptions)]
        self.names = names or tuple(name for name in known if name != "lanes" or lanes)
        self.file = file

    def parameters(self) -> list[Parameter]:
        """See `Group`."""
        options = {parameter.name: parameter for parameter in Fields(SettingsOptions).parameters()}
        file = Parameter(_FILE, Parameter.KEYWORD_ONLY, annotation=SettingsFileOption, default=None)
        return [file] * self.file + [options[name] for name in self.names]

    def make(self, values: Mapping[str, Any]) -> InferenceSettings:
        """See `Group`."""
        from squeezeseg import InferenceSettings

        given = {name: value for name, value in values.items() if name != _FILE}
        return InferenceSettings.resolve(given, values.get(_FILE), spell=spell)


class Models(Inference):
    """The options of `Inference`, with --model once for each of several networks: the settings of each."""

    def parameters(self) -> list[Parameter]:
        """See `Group`."""
        return [
            option.replace(annotation=ModelsOption) if option.name == "model" else option
            for option in super().parameters()
        ]

    def make(self, values: Mapping[str, Any]) -> list[InferenceSettings]:  # type: ignore[override]
        """See `Group`."""
        one = super().make
        return [one({**values, "model": model}) for model in values["model"] or [None]]


def takes(**groups: type | Inference) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorate a command that takes groups of options as objects: its parameter's name = dataclass or `Inference`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = signature(command).parameters
        members: dict[str, Group] = {
            name: group if isinstance(group, Inference) else Fields(group) for name, group in groups.items()
        }
        texts = {name: parameter.annotation for name, parameter in own.items() if name not in members}
        hints = get_type_hints(
            SimpleNamespace(__annotations__=texts), vars(sys.modules[command.__module__]), include_extras=True
        )
        options = {name: group.parameters() for name, group in members.items()}
        parameters = [
            option
            for name, parameter in own.items()
            for option in options.get(name)
            or [parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints.get(name))]
        ]

        @wraps(command)
        def call(**values: Any) -> None:
            made = {
                name: group.make({option.name: values.pop(option.name) for option in options[name]})
                for name, group in members.items()
            }
            command(**values, **made)

        call.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return call

    return decorate


def spell(name: str) -> str:
    """A setting's name as an option: 'unknown_below' -> '--unknown-below'."""
    return f"--{name.replace('_', '-')}"


def given_options(context: typer.Context, *names: str) -> list[str]:
    """The options that were given on the command line, as they were written."""
    found = []
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in names and getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE":
            off = context.params[name] is False and parameter.secondary_opts
            found.append(off[0] if off else parameter.opts[0])
    return found


def _default(value: Any) -> Any:
    return Parameter.empty if value is MISSING else value
