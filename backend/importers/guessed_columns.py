"""What the columns of an unknown file may mean, by their names and values."""

from typing import Any

from backend.importers.column_names import KNOWN, NAMES, NAMES_A_PROBLEM
from backend.importers.mapping import MOST_FIT, holds
from backend.importers.row_places import MODEL, NUMBER, is_conversation, value_at
from backend.importers.scores import is_missing, is_score

LONGEST_ID = 200
SAMPLE_WORDS = frozenset((*NAMES["completion"], *NAMES["answer"], "answer", "sample", "try", "attempt", "run", "gen"))
CORRECT_ENDS = ("_is_correct", "_num_correct", "_correct", "_passed", "_solved", "_score", "_acc", "_c")
WITHOUT_LISTS = frozenset(
    ("problem_id", "question", "reference_answer", "model", "benchmark", "level", "topic", "n", "c")
)
NOT_MODELS = frozenset(("info", "metadata", "metrics", "rewards", "scores"))
"""Objects that hold numbers of one sample by the name of what was measured."""
FACTS = ("problem_id", "question", "reference_answer", "level", "topic", "benchmark")


def columns_of_samples(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Guess a file whose samples stand in rows or in lists; empty where no column is one of samples."""
    fields = _plain(rows)
    if "completion" in fields and "question" not in fields and _is_asked(rows, fields["completion"]):
        fields["question"] = fields["completion"]
    fields.pop("n", None)
    fields.pop("c", None)
    return fields if {"correct", "completion"} & set(fields) else {}


def _is_asked(rows: list[dict[str, Any]], place: str) -> bool:
    """Tell whether a column holds conversations with their question."""
    said = [row[place] for row in rows if row.get(place) is not None]
    return bool(said) and all(is_conversation(v) and any(m["role"] == "user" for m in v) for v in said)


def columns_of_counts(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Guess a file whose rows count samples: how many were drawn, and how many of them are correct."""
    fields = _plain(rows)
    if "completion" in fields or "sample_index" in fields or "n" not in fields:
        return {}
    c = fields.get("c") or fields.get("correct", "")
    pairs = [(value_at(row, fields["n"]), value_at(row, c)) for row in rows]
    if not c or not _mostly_counts(pairs):
        return {}
    problems = [tuple(str(row.get(fields.get(f, ""))) for f in ("problem_id", "model", "benchmark")) for row in rows]
    if len(set(problems)) < len(problems) or all(float(n) == 1 for n, _ in pairs):
        return {}
    kept = {name: place for name, place in fields.items() if name not in ("correct", "answer", "token_count")}
    return {**kept, "c": c}


def _counts(n: Any, c: Any) -> bool:
    return _is_whole(n) and _is_whole(c) and float(c) <= float(n)


def _is_whole(value: Any) -> bool:
    return holds("c", [value]) and not isinstance(value, bool | list)


def values_of(row: dict[str, Any], place: str) -> list[Any]:
    """Return the values at a place that a guess has found."""
    if MODEL in place or NUMBER in place or place == "#":
        return []
    before, *inner = place.split("[]")
    found = [value_at(row, before)]
    for path in inner:
        path = path.removeprefix(".")
        entries = [e for value in found for e in (value if isinstance(value, list) else [value])]
        found = [value_at(e, path) for e in entries]
    return found


def places_in(rows: list[dict[str, Any]]) -> list[str]:
    """List the places that the rows have: columns, their members, and what stands in lists."""
    places: dict[str, None] = {}
    for row in rows:
        for name, value in row.items():
            if isinstance(value, dict):
                places |= dict.fromkeys(f"{name}.{inner}" for inner in value)
            elif _holds_objects(value) and not is_conversation(value):
                inside = (f"{k}.{inner}" for k, v in value[0].items() if isinstance(v, dict) for inner in v)
                places |= dict.fromkeys(f"{name}[].{inner}" for inner in (*value[0], *inside))
            elif isinstance(value, list) and not _holds_objects(value):
                places[f"{name}[][]" if any(isinstance(v, list) for v in value) else f"{name}[]"] = None
            else:
                places[name] = None
    return list(places)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _plain(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Guess fields by the names and the values of the columns; each column serves once."""
    places = places_in(rows)
    nested = any(place.count("[]") > 1 for place in places)
    fields: dict[str, str] = {}
    for name in ("correct", "completion", "problem_id", "answer", "reference_answer", "question", *NAMES):
        fitting = [p for p in places if p not in fields.values() and _fits(name, p, rows, nested=nested)]
        ranked = sorted(
            fitting, key=lambda p: (_apart(name, p, fields), NAMES[name].index(_name(name, p)), p.count("."), "[]" in p)
        )
        if ranked and name not in fields:
            fields[name] = ranked[0]
    return fields


def _apart(name: str, place: str, fields: dict[str, str]) -> int:
    """Return how far a place is from where samples stand: in lists of lists, in lists, or in the rows themselves."""
    depth = place.count("[]")
    if name in ("completion", "answer") and "correct" in fields:
        return abs(depth - fields["correct"].count("[]"))
    return -1 if depth > 1 and name in ("correct", "completion") else 0


def _name(name: str, place: str) -> str:
    """Return a place's name as NAMES knows it for this field, empty where it does not; lists may be named in plural."""
    last = place.replace("[]", "").rsplit(".", 1)[-1].lower()
    known = [w for w in (last, last.removesuffix("s") if "[]" in place else last) if w in NAMES[name]]
    return known[0] if known else ""


def _fits(name: str, place: str, rows: list[dict[str, Any]], *, nested: bool) -> bool:
    """Tell whether a column may be this field, by its name and its values."""
    word = _name(name, place)
    listed = nested or (len(rows) == 1 and word in NAMES_A_PROBLEM)
    if not word or (name in WITHOUT_LISTS and "[]" in place and not (listed and place.count("[]") == 1)):
        return False
    values = [v for row in rows for v in values_of(row, place) if not is_missing(v)]
    fitting = sum(_may_be(name, v) for v in values)
    return bool(values) and fitting >= MOST_FIT * len(values)


def _may_be(name: str, value: Any) -> bool:
    """Tell whether a value may be one of this field."""
    if name in ("n", "c"):
        return _is_whole(value)
    if name == "correct":
        return is_score(value)
    if name == "problem_id":
        whole = isinstance(value, float) and value.is_integer()
        return (whole or isinstance(value, str | int)) and len(str(value)) <= LONGEST_ID
    if name == "completion":
        return isinstance(value, str | list)
    if name in ("sample_index", "seed", "token_count"):
        return isinstance(value, int) or str(value).isdigit()
    return not isinstance(value, dict)


# -- a column a model ---------------------------------------------------------------------------------


def columns_of_models(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Guess a file with a column a model: objects that look alike, columns that end alike, or bare names."""
    return (_objects_alike(rows) or _ends_alike(rows) or _bare(rows) or _inside(rows)) if rows else {}


def _objects_alike(rows: list[dict[str, Any]]) -> dict[str, str]:
    row = rows[0]
    objects = {name: value for name, value in row.items() if isinstance(value, dict)}
    for inner in NAMES["correct"]:
        found = [name for name, value in objects.items() if _is_scores(value.get(inner))]
        if len(found) > 1:
            texts = next((t for t in NAMES["completion"] if isinstance(objects[found[0]].get(t), str | list)), None)
            columns = {"correct": f"{MODEL}.{inner}"} | ({"completion": f"{MODEL}.{texts}"} if texts else {})
            rest = [{k: v for k, v in r.items() if k not in found} for r in rows]
            counted = next((n for n in NAMES["n"] if _is_whole(objects[found[0]].get(n))), None)
            if counted and not texts:
                columns = {"n": f"{MODEL}.{counted}", "c": columns["correct"]}
            return {**_facts(rest), **columns}
    counts = ((n, c) for n in NAMES["n"] for c in NAMES["c"])
    for n, c in counts:
        found = [name for name, value in objects.items() if _is_whole(value.get(n)) and _is_whole(value.get(c))]
        if len(found) > 1:
            rest = [{k: v for k, v in r.items() if k not in found} for r in rows]
            return {**_facts(rest), "n": f"{MODEL}.{n}", "c": f"{MODEL}.{c}"}
    return {}


def _is_scores(value: Any) -> bool:
    return value is not None and (
        bool(value) and all(map(is_score, value)) if isinstance(value, list) else is_score(value)
    )


def _ends_alike(rows: list[dict[str, Any]]) -> dict[str, str]:
    row = rows[0]
    for end in CORRECT_ENDS:
        models = [n.removesuffix(end) for n, v in row.items() if n.endswith(end) and n != end and _is_scores(v)]
        if len(models) > 1:
            texts = next(
                (t for t in ("", "_completion", "_response", "_output", "_solution") if models[0] + t in row), None
            )
            name = _numbered(models) or MODEL
            rest = [{k: v for k, v in r.items() if not k.startswith(tuple(models))} for r in rows]
            if texts is None and (counted := _drawn(rows, rest, models, end)):
                return {**_facts(rest), "n": counted, "c": f"{MODEL}{end}"}
            columns = {"correct": f"{name}{end}"} | ({} if texts is None else {"completion": f"{name}{texts}"})
            return {**_facts(rest), **columns}
    return {}


def _drawn(rows: list[dict[str, Any]], rest: list[dict[str, Any]], models: list[str], end: str) -> str | None:
    """Return where the number of samples stands that such columns count; None where they do not count."""
    places = [f"{MODEL}_{n}" for n in NAMES["n"]] + [p for p in (_plain(rest).get("n"),) if p]
    for place in places:
        pairs = [(r.get(place.replace(MODEL, m)), r.get(f"{m}{end}")) for r in rows for m in models]
        if _mostly_counts(pairs):
            return place
    return None


def _mostly_counts(pairs: list[tuple[Any, Any]]) -> bool:
    """Tell pairs of samples drawn and correct from verdicts; one with more correct than drawn is told by its line."""
    whole = bool(pairs) and all(_is_whole(n) and _is_whole(c) for n, c in pairs)
    return whole and 2 * sum(_counts(n, c) for n, c in pairs) > len(pairs)


def _bare(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Guess a file whose columns bear the names of models and nothing else."""
    plain = _plain(rows)
    if {"correct", "completion"} & set(plain):
        return {}
    facts = {f: p for f, p in plain.items() if f in FACTS}
    free = [n for n in dict.fromkeys(n for row in rows for n in row) if n not in (*plain.values(), "@key", "@outer")]
    values = {name: [row.get(name) for row in rows] for name in free}
    if sum(holds("correct", v) for v in values.values()) > 1:
        lists = any(isinstance(v, list) for v in rows[0].values())
        return {**facts, "correct": f"{MODEL}[]" if lists else MODEL}
    counted = [v for v in values.values() if all(map(_is_whole, v))]
    return {**facts, "n": plain["n"], "c": MODEL} if "n" in plain and len(counted) > 1 else {}


def _inside(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Guess a file whose models stand in one object a row, by name."""
    plain = _plain(rows)
    holders = {n: v for n, v in rows[0].items() if isinstance(v, dict) and len(v) > 1 and not KNOWN & set(v)}
    for name, models in holders.items() if not {"correct", "completion"} & set(plain) else ():
        if name not in NOT_MODELS and all(holds("correct", [v]) for v in models.values()):
            lists = any(isinstance(v, list) for v in models.values())
            return {**_facts(rows), "correct": f"{name}.{MODEL}[]" if lists else f"{name}.{MODEL}"}
    return {}


def _numbered(columns: list[str]) -> str | None:
    """Return the name that numbered columns share (`answer{n}`), where they are samples and not models."""
    stem = columns[0].rstrip("0123456789")
    shared = all(c.removeprefix(stem).isdigit() for c in columns)
    return f"{stem}{NUMBER}" if shared and stem.strip("_-. ").lower() in SAMPLE_WORDS else None


def _facts(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Guess what holds for all models of a row."""
    return {name: place for name, place in _plain(rows).items() if name in FACTS}
