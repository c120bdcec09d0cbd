"""A small OpenID Connect provider on loopback: discovery, authorisation code with PKCE, signed identity tokens."""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "boundary", "a-secret-of-this-test"


class Provider(ThreadingHTTPServer):
    """The provider, and what it was told to do wrong."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.strange_key = RSAKey.generate_key(2048, {"kid": "one"})
        self.claims: dict[str, Any] = {}
        """What every identity token says besides the address that was typed."""
        self.signs_with_strange_key = False
        self.codes: dict[str, dict[str, str]] = {}
        self.seen: list[str] = []

    def identity_token(self, asked: Mapping[str, str]) -> str:
        """Sign who typed which address."""
        now = int(time.time())
        told = {"iss": self.url, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        told |= {"email": asked["email"], "email_verified": True} | self.claims
        key = self.strange_key if self.signs_with_strange_key else self.key
        return jwt.encode({"alg": "RS256", "kid": "one"}, told, key)


class Answers(BaseHTTPRequestHandler):
    """Its pages."""

    server: Provider

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""

    def do_GET(self) -> None:
        at = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(at.query).items()}
        self.server.seen.append(at.path)
        if at.path == "/.well-known/openid-configuration":
            self._json(_discovery(self.server.url))
        elif at.path == "/jwks":
            self._json({"keys": [self.server.key.as_dict(private=False)]})
        elif at.path == "/authorize":
            hidden = "".join(
                f'<input type="hidden" name="{html.escape(key)}" value="{html.escape(value)}">'
                for key, value in asked.items()
            )
            form = f'<form action="/approve">{hidden}<input name="email"><button>Continue</button></form>'
            self._send(200, f"<!doctype html><title>Provider</title>{form}".encode(), "text/html")
        elif at.path == "/approve":
            code = secrets.token_urlsafe()
            self.server.codes[code] = asked
            query = urlencode({"code": code, "state": asked["state"]})
            self._send(302, b"", "text/plain", f"{asked['redirect_uri']}?{query}")
        else:
            self._send(404, b"", "text/plain")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = {key: values[0] for key, values in parse_qs(body).items()}
        self.server.seen.append(urlsplit(self.path).path)
        asked = self.server.codes.pop(said.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(said.get("code_verifier", "").encode()).digest())
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        proves = self.headers.get("Authorization") == f"Basic {known}" or said.get("client_secret") == SECRET
        if asked is None or challenge.rstrip(b"=").decode() != asked.get("code_challenge") or not proves:
            self._send(400, b'{"error": "invalid_grant"}', "application/json")
            return
        token = self.server.identity_token(asked)
        self._json({"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": token})

    def _json(self, told: object) -> None:
        self._send(200, json.dumps(told).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, location: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


def _discovery(url: str) -> dict[str, object]:
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }


@contextmanager
def providing() -> Iterator[Provider]:
    """Run the provider."""
    provider = Provider()
    thread = threading.Thread(target=provider.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join()
