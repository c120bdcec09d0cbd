"""A reverse proxy on loopback that says who is asking, as oauth2-proxy and its like do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

END = b"\r\n\r\n"


@contextmanager
def forwarding(port: int, *headers: str) -> Iterator[int]:
    """Forward a free port to another one, with these headers in every request; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    added = "".join(f"{header}\r\n" for header in headers).encode("latin-1")
    threading.Thread(target=_accept, args=(listener, port, added), daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()


def _accept(listener: socket.socket, port: int, added: bytes) -> None:
    with suppress(OSError):
        while True:
            threading.Thread(target=_forward, args=(listener.accept()[0], port, added), daemon=True).start()


def _forward(visitor: socket.socket, port: int, added: bytes) -> None:
    """Forward one request, or one WebSocket: whatever is no upgrade is asked to end the connection after it."""
    with suppress(OSError), visitor, socket.create_connection(("127.0.0.1", port)) as server:
        head = b""
        while END not in head:
            part = visitor.recv(65_536)
            if not part:
                return
            head += part
        first, _, rest = head.partition(b"\r\n")
        upgrades = b"upgrade: websocket" in rest.lower()
        if not upgrades:
            rest = rest.replace(b"Connection: keep-alive\r\n", b"Connection: close\r\n")
        server.sendall(first + b"\r\n" + added + rest)
        back = threading.Thread(target=_copy, args=(server, visitor), daemon=True)
        back.start()
        _copy(visitor, server)
        back.join()


def _copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while part := one.recv(65_536):
            other.sendall(part)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)
