"""A server that speaks the OpenAI-compatible protocol, with scripted faults: `python -m tests.sampling.stand_in PORT`.

Its completions are counted up and so never alike, unless it is told to begin anew. What it is told, and what it was
asked, goes over its own paths: `POST /script` with a JSON object, `GET /seen`.
"""

import json
import random
import socket
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "stand-in"


class State:
    """What the server was told, and what it has seen."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.seen: list[dict[str, Any]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.drawn = 0
        self.script: dict[str, Any] = {}

    def told(self, name: str, otherwise: Any = None) -> Any:
        return self.script.get(name, otherwise)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer what is asked about the server."""
        state = self.server.state
        answers = {
            "/seen": {"requests": state.seen, "most_at_once": state.most_at_once},
            "/version": {"version": state.told("version", "1.0")},
            "/v1/models": {"data": [{"id": MODEL, "root": state.told("root", MODEL)}]},
        }
        self._send(200 if self.path in answers else 404, answers.get(self.path, {"error": {"message": "no such path"}}))

    def do_POST(self) -> None:
        """Answer a request, with whatever fault the script says."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        state = self.server.state
        if self.path == "/script":
            with state.lock:
                state.script = body
                state.drawn = body.get("drawn", state.drawn)
            self._send(200, {})
            return
        with state.lock:
            number = len(state.seen)
            state.seen.append({"path": self.path, "body": body, "key": self.headers.get("authorization")})
            state.at_once += 1
            state.most_at_once = max(state.most_at_once, state.at_once)
        try:
            self._answer(number, body)
        finally:
            with state.lock:
                state.at_once -= 1

    def _answer(self, number: int, body: dict[str, Any]) -> None:
        state = self.server.state
        time.sleep(state.told("seconds", 0.0))
        faults: list[str] = state.told("faults", [])
        fault = faults[number] if number < len(faults) else state.told("always", "")
        prompt = body.get("prompt") or body["messages"][-1]["content"]
        if (refused := state.told("refuse")) and refused["word"] in prompt:
            self._send(refused.get("status", 400), {"error": {"message": refused["message"], "code": 400}})
            return
        if body["model"] != MODEL:
            self._send(404, {"error": {"message": f"The model `{body['model']}` does not exist."}})
        elif fault.isdigit():
            self._send(int(fault), {"error": {"message": f"scripted {fault}"}}, {"retry-after": "0.05"})
        elif fault == "garbage":
            self._send_bytes(200, b"<html>not what you wanted</html>")
        elif fault == "empty":
            self._send(200, {"choices": []})
        elif fault == "half":
            whole = json.dumps(self._completions(body, prompt)).encode()
            self._head(200, len(whole))
            self.wfile.write(whole[: len(whole) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif fault == "slow":
            whole = json.dumps(self._completions(body, prompt)).encode()
            self._head(200, len(whole))
            for byte in whole:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.05)
        else:
            self._send(200, self._completions(body, prompt))

    def _completions(self, body: dict[str, Any], prompt: str) -> dict[str, Any]:
        state = self.server.state
        count = min(body.get("n", 1), state.told("most", 10**6))
        with state.lock:
            first = state.drawn
            state.drawn += 0 if state.told("stuck") else count
        choices = []
        for place in range(count):
            rng = random.Random(f"{first + place} {prompt}")
            text = f"draw {rng.getrandbits(64):x} so \\boxed{{{'7' if rng.random() < 0.3 else '5'}}}"
            values = [-5.5, -1.25, -5.25]
            said = {"index": place, "finish_reason": "stop", "stop_reason": state.told("stop_reason")}
            if "messages" in body:
                message = {"role": "assistant", "content": text, "reasoning_content": state.told("thought")}
                said |= {"message": message, "logprobs": {"content": [{"logprob": v} for v in values]}}
            else:
                said |= {"text": text, "logprobs": {"token_logprobs": values, "tokens": ["a", "b", "c"]}}
            choices.append(said)
        return {"choices": choices, "usage": {"completion_tokens": 3 * count}}

    def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        self._send_bytes(status, json.dumps(answer).encode(), headers)

    def _send_bytes(self, status: int, whole: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, len(whole), headers)
        self.wfile.write(whole)

    def _head(self, status: int, length: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "content-type": "application/json",
            "content-length": str(length),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()


class Server(ThreadingHTTPServer):
    """The server, with what it was told."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.state = State()

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that hang up."""

    def prompts(self) -> Counter[str]:
        """Return how often each prompt was asked for."""
        return Counter(str(s["body"].get("prompt")) for s in self.state.seen)


if __name__ == "__main__":
    Server(int(sys.argv[1])).serve_forever()
