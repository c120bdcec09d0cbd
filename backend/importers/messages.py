"""Conversations: what one side of them said."""

from typing import Any


def text_of(content: Any) -> str | None:
    """Return a message's text; its reasoning, where it has some, stands before it in think tags."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else None
    pieces = []
    for part in content:
        if isinstance(part, dict) and part.get("type") == "reasoning":
            pieces.append(f"<think>\n{part.get('reasoning') or ''}\n</think>\n")
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            pieces.append(part["text"])
    return "".join(pieces)


def said_by(messages: Any, role: str) -> str | None:
    """Return what one side said: a plain text, or the texts of its messages (the last of a user's)."""
    if not isinstance(messages, list):
        return messages if isinstance(messages, str) else None
    texts = [text_of(m.get("content")) for m in messages if isinstance(m, dict) and m.get("role") == role]
    found = [t for t in texts if t is not None]
    if role == "user":
        return found[-1] if found else None
    return "\n\n".join(found) if found else None
