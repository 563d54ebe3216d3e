"""What all commands have in common: examples at the end of their help, --quiet and --verbose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from pipeline.commands.examples import EXAMPLES
from pipeline.commands.exit_codes import EXIT_CODES
from pipeline.commands.talk import Loudness, speak

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.models import CommandInfo

VOICES = ("quiet", "verbose")


def _quiet(context: typer.Context, value: bool) -> bool:
    return _heard(context, Loudness.QUIET, value)


def _verbose(context: typer.Context, value: bool) -> bool:
    return _heard(context, Loudness.VERBOSE, value)


def _heard(context: typer.Context, loudness: Loudness, value: bool) -> bool:
    """Notes one of the two options, wherever on the line it stands."""
    if value and not context.resilient_parsing:
        said = context.find_root().meta.setdefault("camlode.loudness", loudness)
        if said is not loudness:
            raise typer.BadParameter("--quiet and --verbose contradict each other: leave one out")
        speak(loudness)
    return value


Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", callback=_quiet, expose_value=False, help="Say errors and results only."),
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", callback=_verbose, expose_value=False, help="Say what is being done."),
]


def globals_of_all(
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """The callback of the whole command line: its options are those of every command, too."""


class _Hearing:
    """What hears --quiet and --verbose after its name as well as before it."""

    def get_params(self, ctx: typer.Context) -> list[Any]:
        """Its own parameters and those two."""
        own: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        given = {name for each in own for name in each.opts}
        shared = [each for each in ctx.find_root().command.params if each.name in VOICES]
        return own + [each for each in shared if not given & {*each.opts}]


class Command(_Hearing, TyperCommand):  # type: ignore[misc]
    """A command such as `camlode query`."""


class Group(_Hearing, TyperGroup):  # type: ignore[misc]
    """Commands that begin with the same word, such as `camlode rules`."""


def teach(app: typer.Typer) -> None:
    """Gives every command of `app`, and every group, its examples and the options of all."""
    for path, command in commands_of(app):
        command.cls = Command
        command.epilog = examples_of(path)
    for group in app.registered_groups:
        within = group.typer_instance.info if group.typer_instance else None
        if within is not None and isinstance(within.name, str):
            within.cls = Group
            within.epilog = _unwrapped("Examples:", _first_of_each(within.name))


def commands_of(app: typer.Typer, path: str = "") -> Iterator[tuple[str, CommandInfo]]:
    """All commands of `app` and of the groups within it, by what is typed: "rules build"."""
    for command in app.registered_commands:
        function = command.callback
        name = command.name or (function.__name__.replace("_", "-") if function else "")
        yield f"{path} {name}".strip(), command
    for group in app.registered_groups:
        if group.typer_instance is not None:
            within = group.typer_instance.info.name
            yield from commands_of(group.typer_instance, f"{path} {within}" if isinstance(within, str) else path)


def examples_of(path: str) -> str:
    """The examples of a command for the end of its help, each on a line that isn't wrapped."""
    return _unwrapped("Examples:", EXAMPLES.get(path, ()))


def _first_of_each(group: str) -> Iterator[str]:
    """An example of each command of a group."""
    yield from (examples[0] for path, examples in EXAMPLES.items() if path.startswith(f"{group} "))


def end_of_help() -> str:
    """What the help of the whole command line ends with: first steps, and the exit codes."""
    codes = [f"{code:>3}  {meaning}" for code, meaning in EXIT_CODES.items()]
    return f"{_unwrapped('Examples:', EXAMPLES[''])}\n\n{_unwrapped('Exit codes:', codes)}"


def _unwrapped(title: str, lines: Any) -> str:
    return "\n".join(("\b", title, *(f"  {line}" for line in lines)))
