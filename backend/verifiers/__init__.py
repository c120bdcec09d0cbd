"""Verifiers: a completion and its problem in, a verdict out."""
