"""The store: the only room that speaks to DuckDB."""
