"""Alembic's scripts, shipped inside the wheel."""
