"""Simulations that hold the estimators to what docs/method.md says of them; `make statistics` runs them in full."""
