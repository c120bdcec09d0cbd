"""Each role against each command over HTTP, by token and by the header of a trusted proxy."""

import json
from pathlib import Path

import pytest

from backend.access.roles import Role
from backend.commands import COMMANDS
from backend.handover import note_path
from backend.store.database import open_store
from tests.backend.access.conftest import PEOPLE, Server, served
from tests.conftest import drawn

ROLES = list(PEOPLE)
LOOKING = {
    "formats", "imports", "import_report", "mappings", "verifiers", "verdicts", "disagreements", "corrections",
    "regrades", "hygiene", "runs", "counts", "curve", "compare", "claims", "plan", "training_logs", "histogram",
    "trajectories", "solved", "lucky", "lenient", "samples", "tree", "paths", "audit", "sensitivity", "shares",
    "share_open", "jobs", "job", "job_result", "likelihoods", "perplexity", "tokens", "blocked", "prefix_samples",
    "engine_status",
}  # fmt: skip
"""Commands that only read the store: no file, no process, no other host."""
HARMLESS = {"demo": {"folder": "/nowhere"}}
"""Arguments with which a command that needs none does nothing."""


@pytest.mark.parametrize("role", ROLES)
def test_every_command_is_open_to_its_role_and_closed_to_the_ones_below(server: Server, role: str) -> None:
    for name, command in COMMANDS.items():
        for who in ({"token": server.tokens[role]}, {"user": PEOPLE[role]}):
            status, told = server.command(name, HARMLESS.get(name), **who)
            may = Role[role.upper()] >= command.role and not command.leaves_files
            may = may and not (command.people_only and "token" in who)
            assert (status == 403) is not may, (name, who, told)
            assert status != 401, name
            if not may:
                assert set(told["error"]) == {"kind", "message", "hint"}, name


def test_what_each_role_may_do_is_what_the_issue_says() -> None:
    above = {name: command.role for name, command in COMMANDS.items() if command.role > Role.VIEWER}
    assert {name for name, role in above.items() if role is Role.SAMPLER} == {
        "sample_start", "sample", "resume", "resume_start", "cancel", "settle", "settle_and_stay", "continue_from",
        "continue_and_stay", "add_problem", "score", "sample_plan",
        "served", "score_start", "engine_start", "engine_stop",
    }  # fmt: skip
    assert {name for name, role in above.items() if role is Role.CURATOR} == {
        "import", "inspect", "save_mapping", "delete_mapping", "regrade", "count_by", "correct", "delete_training_log",
        "rename", "model", "delete", "export_figure", "export_data", "export_runs", "report", "bundle", "rename_share",
        "unshare", "demo", "engine_build", "token_create", "token_list", "token_revoke", "audit_list",
    }  # fmt: skip
    # Whoever adds a command says here that it only looks, or above who may run it.
    assert set(COMMANDS) - set(above) == {"share"} | LOOKING


def test_a_model_is_named_by_its_id_or_a_path_below_the_folders_that_may_be_read(server: Server) -> None:
    for model in ("/etc", "../../etc", "~/models/m", "./m", "a/b/c"):
        order = {"model": model, "benchmark": "b", "samples": 1}
        status, told = server.command("sample_plan", order, token=server.tokens["sampler"])
        assert (status, told["error"]["kind"]) == (400, "BadInput"), model
        assert "outside the folders that may be read" in told["error"]["message"], model


def test_strangers_get_nothing(server: Server) -> None:
    for name in COMMANDS:
        assert server.command(name)[0] == 401
        assert server.command(name, token="guess")[0] == 401
        assert server.command(name, user="eve@elsewhere.org")[0] == 403
    assert server.ask("/api/import", b"{}")[0] == 401
    assert server.ask("/api/health", method="GET") == (200, {"status": "ok"})


def test_a_wrong_token_is_not_mended_by_a_right_header(server: Server) -> None:
    assert server.command("runs", token="guess", user=PEOPLE["curator"])[0] == 401
    twice = [("Authorization", f"Bearer {server.tokens['viewer']}")] * 2
    assert server.ask("/api/commands/runs", headers=twice)[0] == 401
    assert server.ask("/api/commands/runs", headers={"Authorization": server.tokens["viewer"]})[0] == 401


def test_imports_are_for_curators(server: Server) -> None:
    body = "".join(json.dumps(row) + "\n" for row in drawn("p", [True, False])).encode()
    for role in ROLES:
        headers = {"Authorization": f"Bearer {server.tokens[role]}"}
        status, told = server.ask(f"/api/import?file_name=up.jsonl&run={role}", body, headers)
        assert status == (200 if role == "curator" else 403), told
    assert [run["run"] for run in server.command("runs", token=server.tokens["viewer"])[1]["answer"]] == [
        "base", "curator",
    ]  # fmt: skip


def test_groups_give_roles_too(server: Server) -> None:
    eve = [("X-Forwarded-Email", "eve@elsewhere.org")]
    assert server.ask("/api/commands/audit_list", headers=eve)[0] == 403
    grouped = [*eve, ("X-Forwarded-Groups", "staff, Reasoning")]
    assert server.ask("/api/commands/audit_list", headers=grouped)[0] == 200


HOSTILE = [
    [("X-Forwarded-Email", "")],
    [("X-Forwarded-Email", " ")],
    [("X-Forwarded-Email", "a" * 400 + "@example.org")],
    [("X-Forwarded-Email", "ada@example.org, eve@elsewhere.org")],
    [("X-Forwarded-Email", "ada@example.org eve")],
    [("X-Forwarded-Email", "<ada@example.org>")],
    [("X-Forwarded-Email", "@example.org")],
    [("X-Forwarded-Email", "group:reasoning")],
    [("X-Forwarded-Email", "example.org")],
    [("X-Forwarded-Email", "ada@example.org\xa0")],
    [("X-Forwarded-Email", "ada@example.org\t\x85")],
    [("X-Forwarded-Email", "eve@elsewhere.org"), ("X-Forwarded-Email", "ada@example.org")],
    [("x-forwarded-email", "ada@example.org"), ("X-FORWARDED-EMAIL", "ada@example.org")],
    [("X_Forwarded_Email", "ada@example.org")],
    [("X-Forwarded-Email", "eve@elsewhere.org"), ("X-Forwarded-Groups", "a"), ("X-Forwarded-Groups", "reasoning")],
    [("X-Forwarded-Groups", "reasoning")],
    [("Forwarded", "for=ada@example.org"), ("X-Remote-User", "ada@example.org")],
]


@pytest.mark.parametrize("headers", HOSTILE)
def test_headers_that_name_nobody_plainly_are_nobodys(server: Server, headers: list[tuple[str, str]]) -> None:
    assert server.ask("/api/commands/audit_list", headers=headers)[0] in (401, 403)


def test_a_name_is_compared_without_its_case(server: Server) -> None:
    assert server.command("audit_list", user="ADA@Example.org")[0] == 200


def test_headers_count_only_from_the_proxies_that_are_named(tmp_path: Path) -> None:
    with served(tmp_path, proxy="10.9.8.7") as running:
        ada = ("X-Forwarded-Email", "ada@example.org")
        assert running.ask("/api/commands/runs", headers=[ada])[0] == 401
        for spoofed in (
            "10.9.8.7",
            "10.9.8.7:4711",
            "[10.9.8.7]",
            "1.2.3.4, 10.9.8.7",
            "10.9.8.7, 10.9.8.7",
            " 10.9.8.7 ",
        ):
            assert running.ask("/api/commands/runs", headers=[ada, ("X-Forwarded-For", spoofed)])[0] == 401, spoofed
        assert running.command("runs", token=running.tokens["viewer"])[0] == 200


def test_a_trusted_proxy_may_tell_whom_it_speaks_for(server: Server) -> None:
    headers = [
        ("X-Forwarded-Email", "vic@example.org"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "https"),
    ]
    assert server.ask("/api/commands/runs", headers=headers)[0] == 200


def test_the_command_lines_own_token_opens_everything_here_and_nothing_from_elsewhere(server: Server) -> None:
    mine = ("Authorization", f"Bearer {server.note_token}")
    assert server.ask("/api/commands/audit_list", headers=[mine])[0] == 200
    assert server.ask("/api/commands/audit_list", headers=[mine, ("X-Forwarded-For", "203.0.113.9")])[0] == 200
    assert note_path(server.database).stat().st_mode & 0o077 == 0


def test_a_token_of_the_environment_is_a_curators_and_no_key_to_the_machine(tmp_path: Path) -> None:
    with served(tmp_path, proxy=None, BOUNDARY_TOKEN="of the environment") as running:
        assert running.command("audit_list", token="of the environment")[0] == 200
        out = str(tmp_path / "out.csv")
        asked = {"name": "curves", "runs": ["base"], "out": out}
        assert running.command("export_data", asked, token="of the environment")[0] == 403
        assert not Path(out).exists()
        assert running.command("runs")[0] == 401


def test_nobody_reads_files_outside_the_folders_but_the_command_line(server: Server, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_text('{"problem_id": "p", "correct": true}\n')
    (server.database.parent / "link.jsonl").symlink_to(secret)
    token = server.tokens["curator"]
    for path in (
        str(secret), "/etc/passwd", f"{server.database.parent}/../{tmp_path.name}/secret.jsonl", "~root/x", "a\0b",
        str(server.database.parent / "link.jsonl"), str(server.database.parent),
    ):  # fmt: skip
        for name, asked in (("inspect", {"path": path}), ("import", {"paths": [path]}), ("demo", {"folder": path})):
            status, told = server.command(name, asked, token=token)
            assert (status, told["error"]["kind"]) == (400, "BadInput"), (path, name, told)
    (server.database.parent / "link.jsonl").unlink()
    assert server.command("inspect", {"path": str(server.database.parent / "base.jsonl")}, token=token)[0] == 200
    assert server.command("inspect", {"path": str(secret)}, token=server.note_token)[0] == 200


def test_every_argument_that_is_a_path_is_known_to_be_one() -> None:
    words = {"path", "paths", "folder", "file", "out", "database"}
    for name, command in COMMANDS.items():
        code = command.answer.__code__
        taken = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]) & words
        assert not taken - set(command.reads) or command.leaves_files, name


def test_for_reading_only_nobody_changes_anything(tmp_path: Path) -> None:
    with served(tmp_path, BOUNDARY_READ_ONLY="1") as running:
        before = running.database.read_bytes()
        for who in ({"user": PEOPLE["curator"]}, {"token": running.note_token}, {"token": running.tokens["curator"]}):
            for name, command in COMMANDS.items():
                if command.writes:
                    status, told = running.command(name, **who)
                    assert status == 403, (name, told)
            assert running.command("runs", **who)[0] == 200
            assert running.ask("/api/import", b"{}", {"Authorization": f"Bearer {running.note_token}"})[0] == 403
    assert running.database.read_bytes() == before


def test_deeds_and_refusals_are_written_down(server: Server) -> None:
    ada, vic = {"user": PEOPLE["curator"]}, {"user": PEOPLE["viewer"]}
    assert server.command("rename", {"run": "base", "name": "first"}, **ada)[0] == 200
    assert server.command("rename", {"run": "nobody", "name": "x"}, **ada)[0] == 404
    assert server.command("delete", {"run": "first"}, **vic)[0] == 403
    assert server.command("delete", {"run": "first"}, **vic)[0] == 403
    share = server.command("share", {"page": "curves", "runs": ["first"], "author": "Ada"}, **vic)[1]["answer"]["share"]
    assert server.command("share_open", {"share": share}, **vic)[1]["answer"]["author"] == "vic@example.org"
    assert server.command("rename_share", {"share": share, "title": "mine"}, user="val@example.org")[0] == 403
    assert server.command("rename_share", {"share": share, "title": "mine"}, **vic)[0] == 200
    deeds = server.command("audit_list", {"limit": 10_000}, **ada)[1]["answer"]["deeds"]
    told = [(deed["who"], deed["role"], deed["command"], deed["about"], deed["outcome"]) for deed in deeds]
    assert ("ada@example.org", "curator", "rename", "base; first", "done") in told
    assert ("ada@example.org", "curator", "rename", "nobody; x", "failed") in told
    assert ("vic@example.org", "viewer", "share", share, "done") in [
        (*t[:3], str(t[3]).split("; ")[0], t[4]) for t in told
    ]
    refused = [t for t in told if t[:3] == ("vic@example.org", "viewer", "delete")]
    assert {t[4] for t in refused} == {"refused"}
    assert server.command("rename", {"run": "first", "name": "base"}, **ada)[0] == 200
    assert deeds == sorted(deeds, key=lambda deed: deed["done_at"], reverse=True)


@pytest.mark.parametrize("wanted", [b"[]", b"1", b"{", b"[" * 100_000, b'"x"', b"\xff"])
def test_bodies_that_are_no_object_are_refused_in_a_sentence(server: Server, wanted: bytes) -> None:
    headers = {"Authorization": f"Bearer {server.tokens['curator']}"}
    status, told = server.ask("/api/commands/runs", wanted, headers)
    assert (status, told["error"]["kind"]) == (400, "BadInput")


def test_bodies_are_bounded_whether_they_tell_their_length_or_not(tmp_path: Path) -> None:
    with served(tmp_path, BOUNDARY_MOST_UPLOAD_MB="2") as running:
        token = ("Authorization", f"Bearer {running.tokens['curator']}")
        large = [token, ("Content-Length", "999999999999")]
        assert running.ask("/api/commands/runs", b"{}", large)[0] == 413
        assert running.ask("/api/import", b"{}", large)[0] == 413
        assert running.ask("/api/import", b"{}", [token, ("Content-Length", "-1")])[0] == 400
        for path, size in (("/api/commands/runs", 1_100_000), ("/api/import", 2_100_000)):
            chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (size, b" " * size)
            status, told = running.ask(path, chunk, [token, ("Transfer-Encoding", "chunked")])
            assert (status, "bytes" in told["error"]["message"]) == (400, True)
    assert open_store(running.database).rows("select count(*) from runs") == [(1,)]
