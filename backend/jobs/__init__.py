"""Sampling jobs: planned, drawn, judged as they arrive, taken up again after whatever ended them."""
