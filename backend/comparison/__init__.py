"""Runs side by side, problem by problem: counts in, frames and findings out."""
