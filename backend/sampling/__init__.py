"""Sampling from models: the only HTTP client towards other programs, and the engine that the program itself starts."""
