"""What is wrong with a line that was typed, in one line of ours: with the nearest name, where one was mistyped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from config.names import closest_match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.exceptions import TyperException

_UNKNOWN_COMMAND = re.compile(r"No such command '(.*?)'\.")
_INVALID_CHOICE = re.compile(r"'(.*)' is not one of (.*)\.", re.DOTALL)
_QUOTED_NAME = re.compile(r"'([^']*)'")


def format_usage_error(error: TyperException) -> str:
    """What the parser refuses: which command, what, and what to do."""
    context: Any = getattr(error, "ctx", None)
    if context is None:
        return _describe_error(error, None)
    unknown_command = _UNKNOWN_COMMAND.match(error.message)
    if unknown_command:
        return _describe_unknown_command(context, unknown_command[1])
    return f"{_command_prefix(context)}{_describe_error(error, context)}"


def _describe_error(error: Any, context: Any) -> str:
    """By the kind of error, whose classes the parser keeps to itself."""
    help_line = f"{context.command_path if context else 'camlode'} --help tells all"
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return f"there is no option {error.option_name}{_suggest_name(error.option_name, [*_option_names(context)], help_line)}"
    if kind == "MissingParameter":
        return f"{error.param.get_error_hint().strip(chr(39))} is missing; {help_line}"
    if kind == "BadOptionUsage":
        return f"{error.option_name} needs a value; {help_line}"
    if kind == "BadParameter" and error.param is not None:
        return f"{error.param.get_error_hint().replace(chr(39), '')}: {_describe_bad_value(error.message)}"
    return f"{_lower_first(error.message)}; {help_line}"


def _describe_bad_value(message: str) -> str:
    message = message.removeprefix("Value error, ")
    found = _INVALID_CHOICE.search(message)
    if found is None:
        return _lower_first(message)
    names = _QUOTED_NAME.findall(found[2])
    return f"there is no {found[1]!r} among {', '.join(names)}{_suggest_name(found[1], names)}"


def _describe_unknown_command(context: Any, name: str) -> str:
    """Commands of groups count, too: `camlode upgrade` is `camlode db upgrade`."""
    paths = {path.split()[-1]: path for path in _command_paths(context.find_root().command)} | {
        each: f"{_command_prefix(context, '')}{each}" for each in context.command.commands
    }
    near = paths.get(name) or paths.get(closest_match(name, paths) or "")
    suggestion = f": did you mean camlode {near}?" if near else f"; {context.command_path} --help lists them"
    return f"there is no command {name!r}{suggestion}"


def _command_paths(group: Any, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        yield from _command_paths(command, f"{path}{name} ") if hasattr(command, "commands") else [f"{path}{name}"]


def _option_names(context: Any) -> Iterator[str]:
    for each in context.command.get_params(context):
        if each.param_type_name == "option":
            yield from (*each.opts, *each.secondary_opts)


def _suggest_name(name: str, names: list[str], otherwise: str = "") -> str:
    match = closest_match(name.lstrip("-"), [each.lstrip("-") for each in names])
    whole = next((each for each in names if each.lstrip("-") == match), None)
    if whole is not None:
        return f": did you mean {whole}?"
    return f"; {otherwise}" if otherwise else ""


def _command_prefix(context: Any, end: str = ": ") -> str:
    """The command without the program's name: "rules build: "."""
    path = " ".join(context.command_path.split()[1:])
    return f"{path}{end or ' '}" if path else ""


def _lower_first(message: str) -> str:
    message = message.rstrip(".")
    return message[:1].lower() + message[1:]
