"""What all commands have in common: examples at the end of their help, --quiet and --verbose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from pipeline.commands.examples import EXAMPLES
from pipeline.commands.exit_codes import EXIT_CODES
from pipeline.commands.talk import Verbosity, set_verbosity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.models import CommandInfo

GLOBAL_OPTIONS = ("quiet", "verbose")


def _on_quiet(context: typer.Context, value: bool) -> bool:
    return _note_verbosity(context, Verbosity.QUIET, value)


def _on_verbose(context: typer.Context, value: bool) -> bool:
    return _note_verbosity(context, Verbosity.VERBOSE, value)


def _note_verbosity(context: typer.Context, verbosity: Verbosity, value: bool) -> bool:
    """Notes one of the two options, wherever on the line it stands."""
    if value and not context.resilient_parsing:
        earlier = context.find_root().meta.setdefault("camlode.loudness", verbosity)
        if earlier is not verbosity:
            raise typer.BadParameter("--quiet and --verbose contradict each other: leave one out")
        set_verbosity(verbosity)
    return value


Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", callback=_on_quiet, expose_value=False, help="Say errors and results only."),
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", callback=_on_verbose, expose_value=False, help="Say what is being done."),
]


def global_options(
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """The callback of the whole command line: its options are those of every command, too."""


class GlobalOptionsMixin:
    """What hears --quiet and --verbose after its name as well as before it."""

    def get_params(self, ctx: typer.Context) -> list[Any]:
        """Its own parameters and those two."""
        own: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        option_names = {name for each in own for name in each.opts}
        shared = [each for each in ctx.find_root().command.params if each.name in GLOBAL_OPTIONS]
        return own + [each for each in shared if not option_names & {*each.opts}]


class Command(GlobalOptionsMixin, TyperCommand):  # type: ignore[misc]
    """A command such as `camlode query`."""


class Group(GlobalOptionsMixin, TyperGroup):  # type: ignore[misc]
    """Commands that begin with the same word, such as `camlode rules`."""


def install_help(app: typer.Typer) -> None:
    """Gives every command of `app`, and every group, its examples and the options of all."""
    for path, command in iter_commands(app):
        command.cls = Command
        command.epilog = format_examples(path)
    for group in app.registered_groups:
        group_info = group.typer_instance.info if group.typer_instance else None
        if group_info is not None and isinstance(group_info.name, str):
            group_info.cls = Group
            group_info.epilog = _format_block("Examples:", _first_examples(group_info.name))


def iter_commands(app: typer.Typer, path: str = "") -> Iterator[tuple[str, CommandInfo]]:
    """All commands of `app` and of the groups within it, by what is typed: "rules build"."""
    for command in app.registered_commands:
        function = command.callback
        name = command.name or (function.__name__.replace("_", "-") if function else "")
        yield f"{path} {name}".strip(), command
    for group in app.registered_groups:
        if group.typer_instance is not None:
            group_info = group.typer_instance.info.name
            yield from iter_commands(
                group.typer_instance, f"{path} {group_info}" if isinstance(group_info, str) else path
            )


def format_examples(path: str) -> str:
    """The examples of a command for the end of its help, each on a line that isn't wrapped."""
    return _format_block("Examples:", EXAMPLES.get(path, ()))


def _first_examples(group: str) -> Iterator[str]:
    """An example of each command of a group."""
    yield from (examples[0] for path, examples in EXAMPLES.items() if path.startswith(f"{group} "))


def format_epilog() -> str:
    """What the help of the whole command line ends with: first steps, and the exit codes."""
    codes = [f"{code:>3}  {meaning}" for code, meaning in EXIT_CODES.items()]
    return f"{_format_block('Examples:', EXAMPLES[''])}\n\n{_format_block('Exit codes:', codes)}"


def _format_block(title: str, lines: Any) -> str:
    return "\n".join(("\b", title, *(f"  {line}" for line in lines)))
