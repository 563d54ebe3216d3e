"""What all commands share: --quiet and --verbose, examples in their help, and one-line usage errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from camlode.config.errors import closest_match
from camlode.pipeline.commands.console import Verbosity, set_verbosity
from camlode.pipeline.commands.options import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
"""Examples of each command by its path, such as "rules build"; "" is the command line as a whole."""

GLOBAL_OPTIONS = ("quiet", "verbose")


def install_help(app: typer.Typer) -> None:
    """Give every command and group of `app` its examples and the global options."""
    app.callback(epilog=_format_epilog())(_global_options)
    for path, command in iter_commands(app):
        command.cls = Command
        command.epilog = _format_block("Examples:", EXAMPLES.get(path, ()))
    for group in app.registered_groups:
        group_info = group.typer_instance.info if group.typer_instance else None
        if group_info is not None and isinstance(group_info.name, str):
            group_info.cls = Group
            prefix = f"{group_info.name} "
            first_examples = [examples[0] for path, examples in EXAMPLES.items() if path.startswith(prefix)]
            group_info.epilog = _format_block("Examples:", first_examples)


def iter_commands(app: typer.Typer, path: str = "") -> Iterator[tuple[str, CommandInfo]]:
    """Yield all commands of `app` and its groups with their paths, such as "rules build"."""
    for command in app.registered_commands:
        function = command.callback
        name = command.name or (function.__name__.replace("_", "-") if function else "")
        yield f"{path} {name}".strip(), command
    for group in app.registered_groups:
        if group.typer_instance is not None:
            group_name = group.typer_instance.info.name
            # A typer without a name only holds a command of its parent.
            group_path = f"{path} {group_name}" if isinstance(group_name, str) else path
            yield from iter_commands(group.typer_instance, group_path)


def format_usage_error(error: TyperException) -> str:
    """Describe in one line what the parser refused: the command, the reason, and where to find help."""
    context: Any = getattr(error, "ctx", None)
    # Pydantic's prefix says nothing to a user.
    message = error.format_message().replace("Value error, ", "").rstrip(".")
    command_path = context.command_path if context else "camlode"
    command = command_path.partition(" ")[2]
    prefix = f"{command}: " if command else ""
    hint = "" if message.endswith("?") else f"; see {command_path} --help"
    return f"{prefix}{message[:1].lower()}{message[1:]}{hint}"


class GlobalOptionsMixin:
    """Mixin that accepts --quiet and --verbose after the subcommand too."""

    def get_params(self, ctx: typer.Context) -> list[Any]:
        """Return the command's own parameters and the root's global options."""
        own: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        option_names = {name for each in own for name in each.opts}
        shared = [each for each in ctx.find_root().command.params if each.name in GLOBAL_OPTIONS]
        return own + [each for each in shared if not option_names & {*each.opts}]


class Command(GlobalOptionsMixin, TyperCommand):  # type: ignore[misc]
    """A command such as `camlode query`."""


class Group(GlobalOptionsMixin, TyperGroup):  # type: ignore[misc]
    """Commands that begin with the same word, such as `camlode rules`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command to run; an unknown one is a usage error that suggests the nearest."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(_describe_unknown_command(ctx, args[0]))
        return super().resolve_command(ctx, args)


def _on_quiet(context: typer.Context, value: bool) -> bool:
    return _apply_verbosity(context, Verbosity.QUIET, value)


def _on_verbose(context: typer.Context, value: bool) -> bool:
    return _apply_verbosity(context, Verbosity.VERBOSE, value)


def _apply_verbosity(context: typer.Context, verbosity: Verbosity, value: bool) -> bool:
    """Apply one of the two options; both at once are refused, wherever on the line each is."""
    # While the shell completes a line nothing may be printed.
    if value and not context.resilient_parsing:
        earlier = context.find_root().meta.setdefault("camlode.verbosity", verbosity)
        if earlier is not verbosity:
            raise typer.BadParameter("--quiet and --verbose contradict each other: leave one out")
        set_verbosity(verbosity)
    return value


def _global_options(
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", callback=_on_quiet, expose_value=False, help="Print errors and results only."),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", callback=_on_verbose, expose_value=False, help="Print log records too."),
    ] = False,
) -> None:
    """Mine the fragments of text behind a trained classifier's predictions."""


def _format_epilog() -> str:
    """Return the end of the main help: first steps and exit codes."""
    codes = [f"{code:>3}  {meaning}" for code, meaning in EXIT_CODES.items()]
    return f"{_format_block('Examples:', EXAMPLES[''])}\n\n{_format_block('Exit codes:', codes)}"


def _format_block(title: str, lines: Iterable[str]) -> str:
    # Click wraps paragraphs, except those that begin with a backspace character.
    return "\n".join(("\b", title, *(f"  {line}" for line in lines)))


def _describe_unknown_command(context: Any, name: str) -> str:
    """Suggest the nearest command of any group, since `camlode upgrade` means `camlode db upgrade`."""
    own = {each: f"{context.command_path} {each}" for each in context.command.commands}
    paths = {path.split()[-1]: f"camlode {path}" for path in EXAMPLES if path} | own
    match = closest_match(name, paths)
    return f"there is no command {name!r}" + (f": did you mean {paths[match]}?" if match else "")
