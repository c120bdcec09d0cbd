"""Only servers that the configuration names, on hosts that it allows, are asked."""

from pathlib import Path

import pytest

from backend.config import settings
from backend.errors import BadInput, NotFound
from backend.sampling.endpoints import checked_url, endpoint_named, endpoints

ENGINES = """
[[engine]]
name = "cluster"
url = "http://127.0.0.1:8000/v1/"
key = "CLUSTER_KEY"
models = ["Qwen/Qwen2.5-7B"]
requests = 16
seeds = true
"""


def configured(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (folder / "engines.toml").write_text(text)
    monkeypatch.setenv("BOUNDARY_ENGINES", str(folder / "engines.toml"))
    settings.cache_clear()


def test_a_server_is_known_by_its_name_and_by_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(tmp_path, monkeypatch, ENGINES)
    (one,) = endpoints()
    assert (one.name, one.url, one.models, one.requests, one.seeds, one.logprobs) == (
        "cluster", "http://127.0.0.1:8000", ("Qwen/Qwen2.5-7B",), 16, True, True,
    )  # fmt: skip
    assert endpoint_named("cluster") == endpoint_named("http://127.0.0.1:8000/v1") == one
    with pytest.raises(NotFound, match="the configuration names cluster"):
        endpoint_named("elsewhere")


def test_a_key_comes_from_the_environment_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(tmp_path, monkeypatch, ENGINES)
    with pytest.raises(BadInput, match="The key of the engine cluster is not set"):
        endpoint_named("cluster").headers()
    monkeypatch.setenv("CLUSTER_KEY", "word")
    assert endpoint_named("cluster").headers() == {"Authorization": "Bearer word"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[engine]]\nname = "x"', "has no url"),
        ('[[engine]]\nurl = "http://127.0.0.1:1"\nspeed = 3', "says speed"),
        ('[[engine]]\nurl = "http://127.0.0.1:1"\nrequests = 0', "requests is 0"),
        ('[[engine]]\nurl = "http://example.org"', "is not among those"),
        ("engine = 3", "does not list engines"),
        ("[[engine", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    configured(tmp_path, monkeypatch, text)
    with pytest.raises(BadInput, match=words):
        endpoints()


def test_hosts_are_allowed_by_name_or_with_their_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUNDARY_ENGINE_HOSTS", "gpu1,gpu2:8000")
    settings.cache_clear()
    assert checked_url("http://gpu1:9/v1") == "http://gpu1:9"
    assert checked_url("http://gpu2:8000") == "http://gpu2:8000"
    for url in (
        "http://gpu2:8001",
        "http://127.0.0.1:8000",
        "http://gpu1.example.org",
        "http://gpu1@evil.org",
        "ftp://gpu1",
    ):
        with pytest.raises(BadInput):
            checked_url(url)
