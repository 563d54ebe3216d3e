"""`camlode db`: the schema of a store's database."""

from __future__ import annotations

import typer

from camlode.pipeline.commands.options import CHECK_FAILED, Store

app = typer.Typer(name="db", help="Upgrade a store's schema, or check it.", no_args_is_help=True)


@app.command()
def upgrade(store: Store) -> None:
    """Upgrade a store that an older camlode made.

    One transaction: everything is upgraded, or nothing. Readers see the old store until then.
    """
    from camlode.sql import mask_password, migration

    applied = migration.upgrade(store)
    if applied:
        typer.echo(f"{mask_password(store)}: upgraded to revision {applied[-1]}")
    else:
        typer.echo(f"{mask_password(store)}: already at revision {migration.current_revision(store)}")


@app.command()
def current(store: Store) -> None:
    """Print a store's schema revision."""
    from camlode.sql import migration

    typer.echo(migration.current_revision(store))


@app.command()
def check(store: Store) -> None:
    """Print what is wrong with a store's schema and data.

    One problem a line. Exits with 1 if there is a problem; changes nothing.
    """
    from camlode.sql import mask_password, migration

    problems = migration.check(store)
    for problem in problems:
        typer.echo(problem)
    if problems:
        raise typer.Exit(CHECK_FAILED)
    typer.echo(f"{mask_password(store)}: no problems found")
