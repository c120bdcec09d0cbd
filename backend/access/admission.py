"""Which browser sessions may upload files: the router says so of each, the door asks."""

import threading
from collections import OrderedDict

MOST_KEPT = 10_000

_admitted: OrderedDict[str, None] = OrderedDict()
_lock = threading.Lock()


def admit(session: str, *, uploads: bool) -> None:
    """Say of a session whether it may upload files, from here on; the ones named last are kept."""
    with _lock:
        _admitted.pop(session, None)
        if uploads:
            _admitted[session] = None
        while len(_admitted) > MOST_KEPT:
            _admitted.popitem(last=False)


def may_upload(session: str) -> bool:
    """Tell whether a session was said to be allowed to upload files."""
    with _lock:
        return session in _admitted
