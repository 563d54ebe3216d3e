"""Commands that look after the store's database itself."""

from __future__ import annotations

import typer

from camlode.pipeline.commands.options import Store  # noqa: TC001 (Typer reads it)

app = typer.Typer(name="db", help="Looks after a store: brings it up to date, and checks it.", no_args_is_help=True)


@app.command()
def upgrade(store: Store) -> None:
    """Brings a store that an older camlode made up to date.

    All of it is done, or nothing; programs that read see the old store until then.
    """
    from camlode.sql import mask_password, migration

    applied = migration.upgrade(store)
    if applied:
        typer.echo(f"{mask_password(store)}: upgraded to revision {applied[-1]}")
    else:
        typer.echo(f"{mask_password(store)}: already at revision {migration.current_revision(store)}")


@app.command()
def current(store: Store) -> None:
    """Prints which revision a store is of."""
    from camlode.sql import migration

    typer.echo(migration.current_revision(store))


@app.command()
def check(store: Store) -> None:
    """Prints what is wrong with a store, a line each.

    Ends with code 1 if anything is; changes nothing.
    """
    from camlode.sql import mask_password, migration

    problems = migration.check(store)
    for problem in problems:
        typer.echo(problem)
    if problems:
        raise typer.Exit(1)
    typer.echo(f"{mask_password(store)}: no problems found")
