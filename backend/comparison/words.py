"""How numbers are written in sentences: counts with their noun, levels of confidence, bounds, small probabilities."""


def counted(count: int, noun: str) -> str:
    """`count` with its noun, in the plural where it takes one."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def percent(level: float) -> str:
    """A level of confidence as `95 %`."""
    return f"{100 * level:g} %"


def from_to(low: float, high: float) -> str:
    """Two counts as `256`, or `256 to 1,024` where they differ."""
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"
