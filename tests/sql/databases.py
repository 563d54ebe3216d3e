"""The databases of a test's `address`: tests of the contract run on both, all others on SQLite."""

from __future__ import annotations

import pytest

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.slow)
DATABASES = ["sqlite", POSTGRESQL]

on_postgresql = pytest.mark.parametrize("address", [POSTGRESQL], indirect=True)
both_databases = pytest.mark.parametrize("address", DATABASES, indirect=True)
