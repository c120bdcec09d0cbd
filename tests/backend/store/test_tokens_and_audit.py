"""Tokens: told once, kept as hashes, ended and revoked; deeds: written down beside other writes."""

import json
import threading
from pathlib import Path

import pytest

from backend.errors import BadInput, NotFound
from backend.store import audit, tokens
from backend.store.database import Store, open_store
from backend.store.writes import delete_run
from tests.backend.test_cli import run


def test_a_token_is_known_by_its_hash_alone(store: Store, own_database: Path) -> None:
    key, token = tokens.make_token(store, "ci", "viewer", created_by="me", days=9)
    assert len(token) >= len(tokens.PREFIX) + 43
    found = tokens.known_token(store, token)
    assert found is not None
    assert (found.token, found.name, found.role) == (key, "ci", "viewer")
    for other in ("", token[:-1], token.upper(), f" {token}", tokens.PREFIX, found.token, "ci"):
        assert tokens.known_token(store, other) is None
    store.close()
    for path in own_database.parent.glob("boundary.duckdb*"):
        assert token.encode() not in path.read_bytes()
        assert token.removeprefix(tokens.PREFIX).encode() not in path.read_bytes()


def test_no_two_tokens_are_alike(store: Store) -> None:
    made = {tokens.make_token(store, f"t{at}", "viewer", created_by="me", days=None)[1] for at in range(50)}
    assert len(made) == 50


def test_a_token_that_ended_or_was_revoked_is_unknown(store: Store) -> None:
    _, ended = tokens.make_token(store, "ended", "curator", created_by="me", days=1)
    _, lasting = tokens.make_token(store, "lasting", "curator", created_by="me", days=None)
    store.note("update tokens set expires_at = created_at where name = 'ended'")
    assert tokens.known_token(store, ended) is None
    assert tokens.known_token(store, lasting)
    tokens.revoke_token(store, "lasting")
    assert tokens.known_token(store, lasting) is None
    with pytest.raises(NotFound):
        tokens.revoke_token(store, "lasting")
    listed = tokens.tokens(store).set_index("name")
    assert "hash" not in listed
    assert listed["revoked_at"].notna().to_dict() == {"ended": False, "lasting": True}


def test_the_last_use_is_kept_without_raising_the_stores_version(store: Store) -> None:
    _, token = tokens.make_token(store, "ci", "viewer", created_by="me", days=9)
    before = store.version()
    assert tokens.tokens(store)["last_used_at"].isna().all()
    tokens.known_token(store, token)
    first = tokens.tokens(store)["last_used_at"][0]
    tokens.known_token(store, token)
    assert tokens.tokens(store)["last_used_at"][0] == first
    assert store.version() == before


@pytest.mark.parametrize(("name", "days"), [("", 1), ("x" * 101, 1), ("x", 0), ("x", 4_000)])
def test_odd_tokens_are_refused(store: Store, name: str, days: int) -> None:
    with pytest.raises(BadInput):
        tokens.make_token(store, name, "viewer", created_by="me", days=days)


def test_a_name_is_given_to_one_valid_token(store: Store) -> None:
    tokens.make_token(store, "ci", "viewer", created_by="me", days=9)
    with pytest.raises(BadInput, match="already"):
        tokens.make_token(store, "ci", "viewer", created_by="me", days=9)
    tokens.revoke_token(store, "ci")
    tokens.make_token(store, "ci", "viewer", created_by="me", days=9)


def test_deeds_are_written_while_another_write_is_under_way(store: Store) -> None:
    with store.write() as cursor:
        cursor.execute("insert into benchmarks values (77, 'under way')")
        other = threading.Thread(target=_note, args=(store, "beside"))
        other.start()
        other.join(20)
        assert not other.is_alive()
    assert audit.deeds(store)["command"].tolist() == ["beside"]
    assert store.rows("select count(*) from benchmarks") == [(1,)]


def _note(store: Store, command: str) -> None:
    audit.note_deed(store, who="me", way="page", role="curator", command=command, about=None, outcome=audit.DONE)


def test_deeds_of_many_threads_are_all_kept_and_come_newest_first(store: Store) -> None:
    threads = [threading.Thread(target=_note, args=(store, f"c{at}")) for at in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.deed_count(store) == 20
    found = audit.deeds(store)
    assert found["done_at"].is_monotonic_decreasing
    assert [*audit.deeds(store, limit=5)["command"], *audit.deeds(store, limit=15, offset=5)["command"]] == list(
        found["command"]
    )


def test_a_store_that_is_read_only_takes_no_note(store: Store, own_database: Path) -> None:
    store.close()
    reader = open_store(own_database, read_only=True)
    _note(reader, "x")
    assert audit.deed_count(reader) == 0
    reader.close()


def test_tokens_and_deeds_by_command(own_database: Path) -> None:
    made = run("token", "create", "ci", "--role", "sampler", "--days", "3", "--json").json
    assert made["role"] == "sampler"
    assert made["secret"].startswith(tokens.PREFIX)
    listed = run("token", "list", "--json")
    assert made["secret"] not in listed.out
    assert [(t["name"], t["role"], t["created_by"]) for t in listed.json] == [("ci", "sampler", "local")]
    assert run("token", "revoke", "ci", "--json").json == {"revoked": made["token"]}
    assert run("token", "revoke", "ci").code == 1
    assert run("token", "create", "ci", "--role", "owner").code == 2
    deeds = run("audit-list", "--json").json
    assert [(d["command"], d["outcome"]) for d in deeds["deeds"]] == [
        ("token_revoke", "failed"), ("token_revoke", "done"), ("token_create", "done"),
    ]  # fmt: skip
    assert made["secret"] not in json.dumps(deeds)
    assert own_database.exists()


def test_deleting_a_run_keeps_what_was_done_to_it(store: Store, tmp_path: Path) -> None:
    from backend.importers import import_file
    from tests.conftest import drawn, write_rows

    import_file(store, write_rows(tmp_path / "r.jsonl", drawn("p", [True], run="r", model="r")))
    _note(store, "import")
    delete_run(store, "r")
    assert audit.deeds(store)["command"].tolist() == ["import"]
