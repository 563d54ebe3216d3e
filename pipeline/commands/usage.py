"""What is wrong with a line that was typed, in one line of ours: with the nearest name, where one was mistyped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from config.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.exceptions import TyperException

_COMMAND = re.compile(r"No such command '(.*?)'\.")
_CHOICE = re.compile(r"'(.*)' is not one of (.*)\.", re.DOTALL)
_NAME = re.compile(r"'([^']*)'")


def one_line(error: TyperException) -> str:
    """What the parser refuses: which command, what, and what to do."""
    context: Any = getattr(error, "ctx", None)
    if context is None:
        return _refused(error, None)
    told = _COMMAND.match(error.message)
    if told:
        return _no_command(context, told[1])
    return f"{_typed(context)}{_refused(error, context)}"


def _refused(error: Any, context: Any) -> str:
    """By the kind of error, whose classes the parser keeps to itself."""
    help_line = f"{context.command_path if context else 'camlode'} --help tells all"
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return f"there is no option {error.option_name}{_meant(error.option_name, [*_options(context)], help_line)}"
    if kind == "MissingParameter":
        return f"{error.param.get_error_hint().strip(chr(39))} is missing; {help_line}"
    if kind == "BadOptionUsage":
        return f"{error.option_name} needs a value; {help_line}"
    if kind == "BadParameter" and error.param is not None:
        return f"{error.param.get_error_hint().replace(chr(39), '')}: {_value(error.message)}"
    return f"{_lower(error.message)}; {help_line}"


def _value(message: str) -> str:
    message = message.removeprefix("Value error, ")
    found = _CHOICE.search(message)
    if found is None:
        return _lower(message)
    names = _NAME.findall(found[2])
    return f"there is no {found[1]!r} among {', '.join(names)}{_meant(found[1], names)}"


def _no_command(context: Any, name: str) -> str:
    """Commands of groups count, too: `camlode upgrade` is `camlode db upgrade`."""
    paths = {path.split()[-1]: path for path in _commands(context.find_root().command)} | {
        each: f"{_typed(context, '')}{each}" for each in context.command.commands
    }
    near = paths.get(name) or paths.get(nearest(name, paths) or "")
    meant = f": did you mean camlode {near}?" if near else f"; {context.command_path} --help lists them"
    return f"there is no command {name!r}{meant}"


def _commands(group: Any, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        yield from _commands(command, f"{path}{name} ") if hasattr(command, "commands") else [f"{path}{name}"]


def _options(context: Any) -> Iterator[str]:
    for each in context.command.get_params(context):
        if each.param_type_name == "option":
            yield from (*each.opts, *each.secondary_opts)


def _meant(name: str, names: list[str], otherwise: str = "") -> str:
    match = nearest(name.lstrip("-"), [each.lstrip("-") for each in names])
    whole = next((each for each in names if each.lstrip("-") == match), None)
    if whole is not None:
        return f": did you mean {whole}?"
    return f"; {otherwise}" if otherwise else ""


def _typed(context: Any, end: str = ": ") -> str:
    """The command without the program's name: "rules build: "."""
    path = " ".join(context.command_path.split()[1:])
    return f"{path}{end or ' '}" if path else ""


def _lower(message: str) -> str:
    message = message.rstrip(".")
    return message[:1].lower() + message[1:]
