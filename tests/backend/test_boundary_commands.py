"""The commands about the boundary, from files to JSON: published tables, checkpoints, luck, lenient verdicts."""

from pathlib import Path
from typing import Any

import pytest

from tests.backend.test_cli import run
from tests.conftest import drawn, write_rows

AIME_BASE = {0, 1, 4, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 18, 19, 22, 23, 24, 25, 26, 27, 28, 29}
AIME_RLVR = {0, 1, 6, 7, 8, 9, 12, 14, 15, 16, 18, 22, 23, 24, 25, 26, 27, 28, 29}
CODE_BASE = {
    *range(400, 404),
    407,
    409,
    412,
    413,
    417,
    418,
    419,
    422,
    423,
    427,
    432,
    433,
    436,
    438,
    439,
    440,
    444,
    445,
    448,
    449,
}
CODE_RLVR = {400, 402, 403, 407, 412, 413, 417, 418, 419, 422, 423, 427, 430, 433, 438, 439, 440, 444, 445, 449}


def import_counts(folder: Path, name: str, solved: set[int], problems: range) -> None:
    rows = [f"{i},1024,{int(i in solved)}" for i in problems]
    path = folder / f"{name}.csv"
    path.write_text("problem_id,n,c\n" + "\n".join(rows) + "\n")
    training = "base" if name == "base" else "rlvr"
    assert run("import", path, "--model", name, "--benchmark", "b", "--training", training, "--json").code == 0


@pytest.mark.parametrize(
    ("base", "rlvr", "problems", "sizes", "rates", "p"),
    [
        (AIME_BASE, AIME_RLVR, range(30), (19, 4, 0, 7), (19 / 23, 0, 0, -4 / 23), 1 / 8),
        (CODE_BASE - {401}, CODE_RLVR, range(400, 450), (19, 4, 1, 26), (19 / 23, 1 / 20, 38 / 403, -1 / 8), 3 / 8),
    ],
)
def test_the_papers_tables_come_out_of_a_file_of_counts(
    tmp_path: Path,
    base: set[int],
    rlvr: set[int],
    problems: range,
    sizes: tuple[int, ...],
    rates: tuple[float, ...],
    p: float,
) -> None:
    import_counts(tmp_path, "base", base, problems)
    import_counts(tmp_path, "rlvr", rlvr, problems)
    found = run("compare", "base", "rlvr", "--m", 1024, "--json").json
    assert tuple(found["table"].values()) == pytest.approx(sizes)
    assert [found[name] for name in ("srr", "ndr", "sds", "nscr")] == pytest.approx(rates)
    assert found["mcnemar_p"] == pytest.approx(p)
    assert found["self_null"] == {"base": None, "rlvr": None}
    assert found["difference_of_sets"]["value"] == pytest.approx((sizes[1] - sizes[2]) / len(problems))
    assert {row["verdict"] for row in found["verdicts"]} == {"undetermined"}
    assert isinstance(found["verdicts"][2]["more_samples"], int | None)


@pytest.fixture
def family(tmp_path: Path) -> None:
    """A base run, two checkpoints, another verifier's verdicts and answers."""
    plan: dict[str, tuple[dict[str, Any], dict[str, list[bool]]]] = {
        "base": ({"training": "base"}, {"p": [True, False, False, False], "q": [True] * 4}),
        "late": ({"training": "rlvr", "checkpoint_step": 20}, {"p": [False] * 4, "q": [True] * 4}),
        "early": ({"training": "rlvr", "checkpoint_step": 10}, {"p": [True] * 4, "q": [False] * 4}),
    }
    for name, (about, problems) in plan.items():
        rows = [
            {**row, "answer": "7" if row["correct"] else str(row["sample_index"]), "reference_answer": "7",
             "verdict:lenient": row["sample_index"] < 2 or row["correct"]}
            for problem, verdicts in problems.items()
            for row in drawn(problem, verdicts, model=name, run=name, benchmark="b", **about)
        ]  # fmt: skip
        assert run("import", write_rows(tmp_path / f"{name}.jsonl", rows), "--json").code == 0


@pytest.mark.usefixtures("family")
def test_bins_and_moves() -> None:
    found = run("histogram", "base", "late", "--json").json
    assert found["problems"] == 2
    assert found["transitions"] == [
        {"base": "(0.2, 0.3]", "rlvr": "0", "problems": 1},
        {"base": "1", "rlvr": "1", "problems": 1},
    ]
    assert found["moved"] == {"up": 0, "down": 1, "same": 1}


@pytest.mark.usefixtures("family")
def test_checkpoints_go_by_their_step_whatever_their_order() -> None:
    found = run("trajectories", "base", "late", "early", "--m", 4, "--json").json
    assert [step["step"] for step in found["steps"]] == [0, 10, 20]
    assert [(row["lost"], row["gained"]) for row in found["changes"]] == [(1, 0), (1, 1)]
    assert found["ever_solved_but_not_at_the_end"]["seen"] == 1
    assert [(row["problem"], row["kind"], row["run"]) for row in found["turns"]] == [
        ("p", "lost", "late"),
        ("q", "gained", "late"),
    ]
    assert run("trajectories", "base", "late", "--m", 5, "--json").code == 2


@pytest.mark.usefixtures("family")
def test_sets_of_many_runs() -> None:
    found = run("solved", "base", "late", "early", "--json").json
    assert found["patterns"] == [
        {"solved_by": ["base", "late"], "problems": 1.0},
        {"solved_by": ["base", "early"], "problems": 1.0},
    ]
    assert sum(row["problems"] for row in run("solved", "base", "late", "--m", 2, "--json").json["patterns"]) == 2
    assert run("solved", "base", "base", "--json").code == 2


@pytest.mark.usefixtures("family")
def test_luck_needs_an_answer_space() -> None:
    assert run("lucky", "base", "--json").json["expected_lucky"] is None
    found = run("lucky", "base", "--answer-space", 10, "--json").json
    assert found["problems"][0]["distinct_wrong"] == 3
    assert found["expected_lucky"] == pytest.approx(3 / 9)
    assert run("lucky", "base", "--answer-space", 1, "--json").code == 2


@pytest.mark.usefixtures("family")
def test_a_lenient_verifier_stands_beside_the_one_that_counts() -> None:
    found = run("lenient", "base", "late", "--verifier", "lenient", "--m", 4, "--json").json
    assert found["counting"] == {"both": 1, "base_only": 1, "rlvr_only": 0, "neither": 0}
    assert found["other"] == {"both": 2, "base_only": 0, "rlvr_only": 0, "neither": 0}
    assert (found["lost_by_format"], found["gained_by_format"]) == (1, 0)
    assert found["shares"]["rlvr"] == {"only_other": 0.25, "only_counting": 0}
    refused = run("lenient", "base", "late", "--verifier", "nobody", "--json")
    assert refused.code == 2
    assert "There is lenient" in refused.said
