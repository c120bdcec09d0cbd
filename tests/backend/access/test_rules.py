"""The access file: what it may say, and the sentence for what it may not; where the server may start."""

from pathlib import Path

import pytest

from backend.access.roles import Role, Way
from backend.access.rules import Rules, clean_name, of_claims, read_rules, visitor
from backend.access.starting import is_loopback, require_safe_start
from backend.errors import BadInput, Forbidden
from tests.backend.access.conftest import ACCESS
from tests.backend.test_cli import run

LEAST = 'sign_in = "oidc"\n[roles]\nviewer = ["a@b.org"]\n'


def rules_of(folder: Path, said: str) -> Rules:
    path = folder / "access.toml"
    path.write_text(said)
    return read_rules(path)


def test_names_domains_and_groups_give_the_highest_role(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, ACCESS.format(proxy="10.0.0.0/8"))
    assert rules.public_host == "boundary.example.org"
    for name, groups, role in [
        ("ada@example.org", [], Role.CURATOR),
        ("sam@example.org", [], Role.SAMPLER),
        ("sam@example.org", ["Reasoning"], Role.CURATOR),
        ("any@example.org", [], Role.VIEWER),
        ("any@sub.example.org", [], Role.NONE),
        ("any@badexample.org", [], Role.NONE),
        ("ada@example.org@evil.org", [], Role.NONE),
        ("ada", ["reasoning "], Role.CURATOR),
        ("example.org", [], Role.NONE),
    ]:
        assert visitor(rules, name, groups, Way.PROXY).role is role, name


def test_what_looks_like_a_rule_is_no_name() -> None:
    for said in (
        "",
        " ",
        "@example.org",
        "group:reasoning",
        "GROUP:x",
        "a b",
        "a,b",
        "a\nb",
        "a\u202eb",
        None,
        1,
        "a" * 321,
    ):
        assert clean_name(said) is None, said
    assert clean_name(" Ada@Example.ORG ") == "ada@example.org"
    assert clean_name("auth0|5f7c") == "auth0|5f7c"


def test_claims_that_are_not_proven_are_nobodys(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, LEAST)
    known = {"is_logged_in": True, "email": "a@b.org"}
    assert of_claims(rules, known).role is Role.VIEWER
    assert of_claims(rules, {**known, "email_verified": True}).role is Role.VIEWER
    for odd in (
        {"email_verified": False},
        {"email_verified": "false"},
        {"is_logged_in": False},
        {"email": ["a@b.org"]},
    ):
        assert of_claims(rules, {**known, **odd}).role is Role.NONE, odd
    for groups in ({"x": 1}, 7, [None, {"a": 1}], "text"):
        assert of_claims(rules, {**known, "groups": groups}).role is Role.VIEWER


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("sign_in = ", "not TOML"),
        ("", "lacks 'sign_in'"),
        ('sign_in = "password"', "not oidc or proxy"),
        ('sign_in = "oidc"', "gives nobody a role"),
        ('sign_in = "oidc"\ndefault_role = "owner"', "no role owner"),
        ('sign_in = "oidc"\n[roles]\ncurators = ["a"]', "roles.curators"),
        ('sign_in = "oidc"\n[roles]\ncurator = "a@b.org"', "roles.curator is no list"),
        ('sign_in = "oidc"\ndefaultrole = "viewer"', "defaultrole"),
        ('sign_in = "proxy"\n[roles]\nviewer = ["a"]', "lacks 'addresses'"),
        ('sign_in = "proxy"\n[roles]\nviewer = ["a"]\n[proxy]\naddresses = ["host"]\nuser_header = "x"', "host"),
        (LEAST.replace("[roles]", 'public_url = "boundary.example.org"\n[roles]'), "public_url"),
    ],
)
def test_an_access_file_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path, said: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        rules_of(tmp_path, said)


def test_an_access_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_rules(tmp_path / "none.toml")


def test_loopback_is_this_machine_alone() -> None:
    assert all(is_loopback(address) for address in ("127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"))
    elsewhere = ("0.0.0.0", "::", "", None, "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example")  # noqa: S104
    assert not any(is_loopback(address) for address in elsewhere)


def test_the_start_is_refused_where_anyone_could_change_everything(tmp_path: Path) -> None:
    signed = rules_of(tmp_path, LEAST)
    require_safe_start("127.0.0.1", Rules(), sign_in_works=True)
    require_safe_start("10.0.0.1", signed, sign_in_works=True)
    for address in ("10.0.0.1", None):
        with pytest.raises(Forbidden, match="BOUNDARY_ACCESS"):
            require_safe_start(address, Rules(), sign_in_works=True)
    with pytest.raises(Forbidden, match="secrets"):
        require_safe_start("127.0.0.1", signed, sign_in_works=False, what_lacks="Streamlit's secrets have no [auth]")


def test_the_command_that_starts_the_app_refuses_before_it_starts_anything() -> None:
    refused = run("serve", "--address", "10.0.0.1")
    assert refused.code == 2
    assert "BOUNDARY_ACCESS" in refused.said
