"""Rule sets in a store: kept, measured, given back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from sql.records import RuleMeasure
    from sql.revision import Reader


class RuleSetStorage(ABC):
    """The rule sets of a store, each with its versions; none is ever changed, an edited one is the next version."""

    def save_rules(
        self,
        name: str,
        content: str,
        run: int | None = None,
        measures: Sequence[RuleMeasure] = (),
        *,
        author: str = "",
    ) -> int:
        """Keeps the text of a rule file as the next version of the rule set `name`; returns the version, from 1.

        `run` is the run whose patterns the rules are; the rule set stays when the run is deleted.

        Raises:
            StoreError: the name can't be one, the text is no rule file, there is no such run, or a measure is no
                number.
        """
        from sql import rule_sets

        with self._transaction() as connection:
            version = rule_sets.add_rules(connection, name, content, run, author)
            rule_sets.add_measures(connection, name, version, measures)
            return version

    def save_measures(self, name: str, version: int | None, measures: Sequence[RuleMeasure]) -> None:
        """Notes how good a version of a rule set is, or its last one; the same measure of the same texts is replaced.

        Raises:
            StoreError: there is no such rule set, or a measure is no number.
        """
        from sql import rule_sets

        with self._transaction() as connection:
            rule_sets.add_measures(connection, name, version, measures)

    def rules(self, name: str, version: int | None = None) -> str:
        """The text of a rule set's file: of its last version, or of the one that is named.

        Raises:
            StoreError: there is none.
        """
        from sql.query.rule_sets import content

        with self._snapshot() as reader:
            return content(reader, name, version)

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that writes."""

    @abstractmethod
    def _snapshot(self) -> AbstractContextManager[Reader]:
        """One snapshot."""
