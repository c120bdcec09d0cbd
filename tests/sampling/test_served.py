"""What a server serves, asked by its name or address."""

import pytest

from backend.commands import COMMANDS
from backend.errors import AppError, BadInput, EngineFailed
from backend.store.database import Store
from tests.sampling.stand_in import Server


def test_a_server_tells_its_version_and_models(store: Store, server: Server) -> None:
    url = f"http://127.0.0.1:{server.server_address[1]}"
    told = COMMANDS["served"].answer(store, engine=url)
    assert told == {"engine": url, "url": url, "version": "vllm 1.0", "models": ["stand-in"]}


@pytest.mark.parametrize(
    ("engine", "kind", "words"),
    [
        ("http://127.0.0.1:9", EngineFailed, "http://127.0.0.1:9 cannot be reached"),
        ("http://example.org", BadInput, "The host example.org is not among those"),
    ],
)
def test_one_that_cannot_or_may_not_be_asked_is_told_of(
    store: Store, engine: str, kind: type[AppError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        COMMANDS["served"].answer(store, engine=engine)
