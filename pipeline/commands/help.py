"""What all commands have in common: examples at the end of their help, --quiet and --verbose."""
# MERGED: An example or a few of each command, which its help ends with.
# MERGED: What is wrong with a line that was typed, in one line of ours: with the nearest name, where one was mistyped.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from camlode.config.errors import closest_match
from camlode.pipeline.commands.console import Verbosity, set_verbosity
from camlode.pipeline.commands.options import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.exceptions import TyperException
    from typer.models import CommandInfo

EXAMPLES: dict[str, tuple[str, ...]] = {
    "": (
        "camlode demo",
        "camlode mine job.yaml --dry-run",
        "camlode mine job.yaml",
        "camlode query patterns.db --label finance --top 50",
        "camlode doctor patterns.db --job job.yaml",
    ),
    "init": ("camlode init", "camlode init headlines.yaml"),
    "demo": ("camlode demo", "camlode demo --folder /tmp/demo --documents 5000"),
    "completion": (
        "camlode completion bash >> ~/.bashrc",
        "camlode completion zsh >> ~/.zshrc",
        "camlode completion fish > ~/.config/fish/completions/camlode.fish",
    ),
    "doctor": (
        "camlode doctor",
        "camlode doctor patterns.db --job job.yaml",
        "camlode doctor postgresql://anna@db.example.org/patterns --format json",
    ),
    "mine": (
        "camlode mine job.yaml --dry-run",
        "camlode mine job.yaml",
        "camlode mine job.yaml --fresh --set fragments.max_units=1 --set run.workers=2",
    ),
    "retry": ("camlode retry patterns.db 3",),
    "query": (
        "camlode query patterns.db --label finance --top 50",
        "camlode query patterns.db --contains profit --order weighted --min-documents 10",
        "camlode query patterns.db --top 0 --format jsonl > patterns.jsonl",
    ),
    "labels": ("camlode labels patterns.db", "camlode labels patterns.db --run 3 --format csv"),
    "show": (
        'camlode show patterns.db "record profit"',
        'camlode show patterns.db "record profit" --label finance --run 3 --format json',
        "camlode show patterns.db -- --",
    ),
    "audit": (
        "camlode audit patterns.db",
        "camlode audit patterns.db 4 --against 3 --format markdown",
        "camlode audit patterns.db --fail-on low_precision,not_a_word",
    ),
    "compare": (
        "camlode compare patterns.db 3 4",
        "camlode compare patterns.db 3 4 --label finance --top 0 --format csv",
    ),
    "review": (
        'camlode review patterns.db "record profit" --label finance --status accepted',
        'camlode review patterns.db "read more" --label finance --status spurious --note "the page\'s footer"',
        'camlode review patterns.db "read more" --label finance --undo',
    ),
    "reviews": ("camlode reviews patterns.db", "camlode reviews patterns.db --label finance --format csv"),
    "export": (
        "camlode export patterns.db --format csv --label finance --top 100",
        "camlode export patterns.db --format spacy -o patterns.jsonl --language en",
        "camlode export rules.json --format python -o labelling.py",
    ),
    "rules list": ("camlode rules list patterns.db", "camlode rules list patterns.db --format json"),
    "rules show": (
        "camlode rules show rules.json --label finance",
        "camlode rules show patterns.db#headlines@2 --format csv",
    ),
    "rules save": ("camlode rules save rules.json patterns.db --name headlines",),
    "rules build": (
        "camlode rules build patterns.db -o rules.json",
        "camlode rules build patterns.db -o rules.json --rules-per-label 20 --accepted --fallback other",
        "camlode rules build patterns.db -o rules.json --texts labelled.csv --against gold --name headlines",
    ),
    "rules evaluate": (
        "camlode rules evaluate rules.json labelled.csv",
        "camlode rules evaluate patterns.db#headlines labelled.jsonl --per-rule --save --plot rules.png",
    ),
    "rules predict": (
        "camlode rules predict rules.json new.jsonl --explain",
        "camlode rules predict patterns.db#headlines headlines/ --text title --id id -o answers.parquet --ray",
    ),
    "runs": ("camlode runs patterns.db", "camlode runs patterns.db --format json"),
    "rejects": ("camlode rejects patterns.db 3", "camlode rejects patterns.db 3 --reason no_tokens --format csv"),
    "current": ("camlode current patterns.db", "camlode current patterns.db 3"),
    "delete-run": ("camlode delete-run patterns.db 2", "camlode delete-run patterns.db 2 --yes"),
    "db upgrade": ("camlode db upgrade patterns.db",),
    "db current": ("camlode db current patterns.db",),
    "db check": ("camlode db check patterns.db",),
    "explain": (
        'camlode explain job.yaml "shares fell after the match"',
        'camlode explain job.yaml "shares fell after the match" --label sports --format json',
    ),
    "faithfulness": (
        "camlode faithfulness job.yaml",
        "camlode faithfulness job.yaml --methods grad-cam,occlusion --documents 200 --format markdown",
    ),
    "report": ("camlode report patterns.db -o report.html",),
    "serve": (
        "camlode serve patterns.db",
        "camlode serve patterns.db --job job.yaml --port 8080",
        "camlode serve patterns.db --host 0.0.0.0 --allow-host patterns.example.org",
    ),
    "submit": (
        "camlode submit job.yaml --address http://head.example.org:8265",
        "camlode submit job.yaml --address http://head.example.org:8265 --no-wait --set run.workers=8",
    ),
    "status": (
        "camlode status --address http://head.example.org:8265",
        "RAY_API_SERVER_ADDRESS=http://head.example.org:8265 camlode status",
    ),
    "stop": ("camlode stop raysubmit_x1 --address http://head.example.org:8265",),
}
"""By what is typed of a command; "" is the command line as a whole."""


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
