"""The paper's numbers are those of its tables and figures, and are found whatever a benchmark's spelling."""

import pytest

from backend.published import published, published_sets


@pytest.mark.parametrize("name", ["AIME24", "aime_2024", "AIME-2024", "Maxwell-Jia/AIME_2024", "aime24-test"])
def test_a_benchmark_is_found_by_any_spelling(name: str) -> None:
    assert "Figure 2, Qwen2.5-7B" in published_sets(name)


def test_other_spellings_and_unknown_names() -> None:
    assert published_sets("HuggingFaceH4/MATH-500") == published_sets("math500") != []
    assert published_sets("OlympiadBench") == published_sets("olympiad") != []
    assert published_sets("minerva_math") == published_sets("Minerva") != []
    assert published_sets("omni-math-test") == ["Table 2", "Table 3"]
    assert published_sets("countdown") == []
    assert published("countdown", "Table 2").empty


def test_the_tables_are_as_printed() -> None:
    table2 = published("MATH500", "Table 2")
    printed = table2.sort_values("k").groupby("model")["pass_at_k"].agg(list).to_dict()
    assert (printed["Qwen2.5-7B"], printed["RLOO"]) == ([0.345, 0.962], [0.75, 0.974])
    table3 = published("Omni-MATH-Train", "Table 3")
    values = {(m, k): v for m, k, v in table3[["model", "k", "pass_at_k"]].itertuples(index=False, name=None)}
    gaps = [values["Qwen2.5-7B", 256] - values[f"GRPO-step{step}", 1] for step in (150, 300, 450)]
    assert gaps == pytest.approx([0.411, 0.336, 0.247])


def test_the_curves_end_where_the_solved_problems_of_the_tables_do() -> None:
    """Table 4: of 30 problems base solved 23 and RLVR 19 within 1,024 samples."""
    curves = published("AIME24", "Figure 2, Qwen2.5-7B")
    ends = curves[curves["k"] == 1024].set_index("training")["pass_at_k"]
    assert ends.round(3).to_dict() == {
        "base": pytest.approx(23 / 30, abs=5e-4),
        "rlvr": pytest.approx(19 / 30, abs=5e-4),
    }
    assert set(curves["precision"]) == {"read off the figure, ± 0.05 points"}
