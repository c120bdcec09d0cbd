"""A guess at what the columns of an unknown file mean, for a person to accept or to mend."""

from typing import Any

from backend.errors import BadInput
from backend.importers.look import LongList, first_of, look
from backend.importers.mapped_rows import EVERY_MEMBER, first_rows
from backend.importers.mapping import FALSE_WORDS, MODEL, NUMBER, TRUE_WORDS, FieldMapping
from backend.importers.source import Source

ROWS_LOOKED_AT = 50
LONGEST_ID = 200
THRESHOLD = 0.5
_WORDS = {
    "problem_id": (
        "problem_id task_id question_id problem_idx example_id doc_id instance_id unique_id item_id "
        "prompt_id qid uid idx id index @key problem task"
    ),
    "correct": (
        "correct is_correct passed is_passed pass correctness graded graded_list success solved "
        "symbolic_correct acc accuracy exact_match score scores grade reward rewards label verdict "
        "result results labels @value"
    ),
    "completion": (
        "completion completions response responses output outputs generation generations "
        "generated_text model_output output_list model_response solution solutions samples rollouts "
        "code_list code prediction text"
    ),
    "answer": (
        "parsed_answer extracted_answer predicted_answer final_answer model_answer pred preds prediction extracted"
    ),
    "reference_answer": "reference_answer gold_answer ground_truth expected_answer gold gt target reference answer",
    "question": "question problem problem_statement prompt query instruction input",
    "model": "model model_name model_id",
    "sample_index": (
        "sample_index sample_idx sample_id generation_index rollout_index rollout attempt trial epoch idx_answer repeat"
    ),
    "benchmark": "benchmark dataset dataset_name data_source",
    "seed": "seed",
    "level": "level difficulty",
    "topic": "topic subject category",
    "finish_reason": "finish_reason finish_reasons stop_reason",
    "token_count": "token_count num_generated_tokens output_tokens completion_tokens num_tokens",
    "temperature": "temperature",
}
NAMES = {field: words.split() for field, words in _WORDS.items()}
"""What files call our fields, the likeliest name first."""
SAMPLE_WORDS = frozenset((*NAMES["completion"], *NAMES["answer"], "answer", "sample", "try", "attempt", "run", "gen"))
CORRECT_ENDS = ("_is_correct", "_correct", "_passed", "_score", "_acc")


def guess(source: Source) -> FieldMapping:
    """Guess the mapping of a file. Raises BadInput, naming the columns, where nothing looks like samples."""
    rows = _rows_member(source)
    looked = first_rows(source, rows, ROWS_LOOKED_AT)
    fields = _wide(looked) or _plain(looked)
    if not {"correct", "completion"} & set(fields):
        columns = sorted(looked[0]) if looked else []
        raise BadInput(
            f"{source.name} has no column that looks like completions or verdicts; it has {', '.join(columns[:20])}.",
            "Name them, such as --map completion=text --map correct=reward.",
        )
    fields["problem_id"] = _problem(fields, looked)
    scores = [v for row in looked for v in _values(row, fields["correct"])] if "correct" in fields else []
    between = any(isinstance(s, int | float) and s not in (0, 1) for s in scores)
    return FieldMapping(fields=fields, rows=rows, threshold=THRESHOLD if between else None, name="guess")


def _problem(fields: dict[str, str], rows: list[dict[str, Any]]) -> str:
    """Return what tells problems apart: a column, or, where no column does, the question, or the row's number."""
    asked = [str(v) for row in rows for v in _values(row, fields["question"])] if "question" in fields else []
    repeated = len(set(asked)) < len(asked)
    if "problem_id" in fields:
        named = [str(v) for row in rows for v in _values(row, fields["problem_id"])]
        own_number = repeated and len(set(named)) == len(named)
        return f"hash({fields['question']})" if own_number else fields["problem_id"]
    return f"hash({fields['question']})" if repeated else "#"


def _rows_member(source: Source) -> str | None:
    """Return the member of a document that holds its rows; None where the document is one row."""
    seen = look(source)
    if not seen.alone:
        return None
    lists = [k for k, v in seen.first.items() if isinstance(v, LongList) or _objects(v)]
    if len(lists) == 1 and _names_problem(first_of(source, lists[0])):
        return lists[0]
    return EVERY_MEMBER if all(isinstance(v, dict) or _objects(v) for v in seen.first.values()) else None


def _names_problem(entry: Any) -> bool:
    """Tell whether an entry of a list says which problem it belongs to."""
    return isinstance(entry, dict) and any(name in entry for name in NAMES["problem_id"])


def _objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _values(row: dict[str, Any], place: str) -> list[Any]:
    """Return the values at a place that a guess has found."""
    before, mark, after = place.replace("[].", "[]").partition("[]")
    found: Any = row.get(before)
    if MODEL in place or NUMBER in place or place == "#":
        return []
    if "." in before and before not in row:
        head, _, tail = before.partition(".")
        inner = row.get(head)
        found = inner.get(tail) if isinstance(inner, dict) else None
    if mark and isinstance(found, list):
        return [e.get(after) if after and isinstance(e, dict) else e for e in found]
    return [found]


def places_in(rows: list[dict[str, Any]]) -> list[str]:
    """List the places that the rows have: columns, their members, and what stands in lists."""
    places: dict[str, None] = {}
    for row in rows:
        for name, value in row.items():
            if isinstance(value, dict):
                places |= dict.fromkeys(f"{name}.{inner}" for inner in value)
            elif _objects(value) and not any("role" in e for e in value):
                places |= dict.fromkeys(f"{name}[].{inner}" for inner in value[0])
            elif isinstance(value, list) and not _objects(value):
                places[f"{name}[]"] = None
            else:
                places[name] = None
    return list(places)


def _plain(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Guess fields by the names and the values of the columns; each column serves once."""
    places = places_in(rows)
    fields: dict[str, str] = {}
    for name in ("correct", "completion", "problem_id", "answer", "reference_answer", "question", *NAMES):
        fitting = [p for p in places if p not in fields.values() and _fits(name, p, rows)]
        ranked = sorted(fitting, key=lambda p: (NAMES[name].index(_last(p)), p.count("."), "[]" in p))
        if ranked and name not in fields:
            fields[name] = ranked[0]
    return fields


def _last(place: str) -> str:
    return place.replace("[]", "").rsplit(".", 1)[-1].lower()


def _fits(name: str, place: str, rows: list[dict[str, Any]]) -> bool:
    """Tell whether a column may be this field, by its name and its values."""
    if _last(place) not in NAMES[name]:
        return False
    values = [v for row in rows for v in _values(row, place) if v is not None]
    if name in ("problem_id", "question", "reference_answer", "model", "benchmark", "level", "topic") and "[]" in place:
        return False
    if name == "correct":
        return bool(values) and all(_is_score(v) for v in values)
    if name == "problem_id":
        return bool(values) and all(isinstance(v, str | int) and len(str(v)) <= LONGEST_ID for v in values)
    if name == "completion":
        return bool(values) and all(isinstance(v, str | list) for v in values)
    if name in ("sample_index", "seed", "token_count"):
        return bool(values) and all(isinstance(v, int) or str(v).isdigit() for v in values)
    return bool(values) and not any(isinstance(v, dict) for v in values)


def _is_score(value: Any) -> bool:
    if isinstance(value, str):
        word = value.strip().lower()
        return word in TRUE_WORDS or word in FALSE_WORDS or word.replace(".", "", 1).lstrip("-").isdigit()
    return isinstance(value, bool | int | float)


def _wide(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Guess a file with a column a model: objects that look alike, or columns that end in `_correct`."""
    if not rows:
        return {}
    row = rows[0]
    for inner in NAMES["correct"]:
        found = [
            n for n, v in row.items() if isinstance(v, dict) and _is_score(v.get(inner)) and v.get(inner) is not None
        ]
        if len(found) > 1:
            texts = next((t for t in NAMES["completion"] if isinstance(row[found[0]].get(t), str)), None)
            columns = {"correct": f"{MODEL}.{inner}"} | ({"completion": f"{MODEL}.{texts}"} if texts else {})
            rest = [{k: v for k, v in r.items() if k not in found} for r in rows]
            return {**_facts(rest), **columns}
    for end in CORRECT_ENDS:
        models = [n.removesuffix(end) for n, v in row.items() if n.endswith(end) and _is_score(v)]
        if len(models) > 1:
            texts = next(
                (t for t in ("", "_completion", "_response", "_output", "_solution") if models[0] + t in row), None
            )
            name = _numbered(models) or MODEL
            columns = {"correct": f"{name}{end}"} | ({} if texts is None else {"completion": f"{name}{texts}"})
            rest = [{k: v for k, v in r.items() if not k.startswith(tuple(models))} for r in rows]
            return {**_facts(rest), **columns}
    return {}


def _numbered(columns: list[str]) -> str | None:
    """Return the name that numbered columns share (`answer{n}`), where they are samples and not models."""
    stem = columns[0].rstrip("0123456789")
    shared = all(c.removeprefix(stem).isdigit() for c in columns)
    return f"{stem}{NUMBER}" if shared and stem.strip("_-. ").lower() in SAMPLE_WORDS else None


def _facts(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Guess what holds for all models of a row."""
    wanted = ("problem_id", "question", "reference_answer", "level", "topic", "benchmark")
    return {name: place for name, place in _plain(rows).items() if name in wanted}
