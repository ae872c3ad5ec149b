"""The database's tables from version to version: Alembic, inside the package, so that a wheel can migrate."""

from worker.migrations.steps import current, expected, migrate

__all__ = ["current", "expected", "migrate"]
