"""What is sent to a server and what its answers mean, whatever they hold."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as chosen
from hypothesis import strategies as st

from backend.records import SamplingSettings
from backend.sampling.wire import Locked, Refused, Trouble, draw_request, read_answer, read_draws

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "text", "message", "content", "logprobs", "usage"]), inner)
    ),
    max_leaves=12,
)


def settings(**changes: Any) -> SamplingSettings:
    said = {
        "temperature": 0.6, "top_p": 0.95, "top_k": None, "max_tokens": 64, "stop": (), "chat": False, "system": None,
        "prompt_template": "{question}",
    }  # fmt: skip
    return SamplingSettings(**{**said, **changes})


def test_a_completion_is_asked_with_what_is_set_and_nothing_else() -> None:
    path, body = draw_request("m", "Why?", settings(), 4, seed=None, logprobs=True)
    assert path == "/v1/completions"
    assert body == {
        "model": "m",
        "n": 4,
        "max_tokens": 64,
        "temperature": 0.6,
        "top_p": 0.95,
        "prompt": "Why?",
        "logprobs": 0,
    }
    _, body = draw_request("m", "Why?", settings(top_k=20, stop=("\n\n",)), 4, seed=7, logprobs=False)
    assert (body["top_k"], body["stop"], body["seed"], "logprobs" in body) == (20, ["\n\n"], 7, False)


def test_a_chat_is_asked_with_messages() -> None:
    path, body = draw_request("m", "Why?", settings(chat=True, system="Be short."), 1, seed=None, logprobs=True)
    assert path == "/v1/chat/completions"
    assert [m["content"] for m in body["messages"]] == ["Be short.", "Why?"]
    assert "prompt" not in body


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again_when_the_server_says(status: int) -> None:
    with pytest.raises(Trouble, match="busy") as trouble:
        read_answer(status, {"retry-after": "3"}, b'{"error": {"message": "busy"}}')
    assert trouble.value.wait_seconds == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"error": {"message": "too  long\\n", "code": 400}}', "too long"),
        (b'{"object": "error", "message": "too long"}', "too long"),
        (b'{"detail": "too long"}', "too long"),
        (b'{"error": "too long"}', "too long"),
        (b"too long", "too long"),
        (b"", "status 400"),
    ],
)
def test_a_refusal_is_told_in_the_server_s_words(content: bytes, words: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_answer(400, {}, content)
    assert str(refusal.value) == words


def test_who_is_not_let_in_is_told_so() -> None:
    with pytest.raises(Locked, match="status 401: no key"):
        read_answer(401, {}, b'{"error": {"message": "no key"}}')


def test_log_probabilities_of_both_forms_are_summed() -> None:
    values = [-0.5, -2.5, -1.0]
    plain = {"choices": [{"text": "x", "finish_reason": "stop", "logprobs": {"token_logprobs": values}}]}
    chat = {"choices": [{"message": {"content": "x"}, "logprobs": {"content": [{"logprob": v} for v in values]}}]}
    for body in (plain, chat):
        (draw,) = read_draws(body, 1)
        assert (draw.text, draw.token_count, draw.sum_logprob, draw.min_logprob) == ("x", 3, -4.0, -2.5)


def test_a_log_probability_that_is_no_number_leaves_the_sum_unknown() -> None:
    body = read_answer(200, {}, b'{"choices": [{"text": "x", "logprobs": {"token_logprobs": [-1, -Infinity]}}]}')
    (draw,) = read_draws(body, 1)
    assert (draw.token_count, draw.sum_logprob, draw.min_logprob) == (2, None, None)


def test_more_than_was_asked_for_is_not_taken() -> None:
    assert len(read_draws({"choices": [{"text": "a"}, {"text": "b"}, {"text": "c"}]}, 2)) == 2


def test_a_lone_surrogate_can_be_stored() -> None:
    (draw,) = read_draws(json.loads('{"choices": [{"text": "a\\ud800"}]}'), 1)
    assert draw.text == "a?"


@chosen(deadline=None)
@given(JSON)
def test_whatever_a_server_says_is_read_or_asked_for_again(said: Any) -> None:
    try:
        draws = read_draws(read_answer(200, {}, json.dumps(said).encode()), 2)
    except (Trouble, Refused):
        return
    assert all(isinstance(draw.text, str) for draw in draws)
