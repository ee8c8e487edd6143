"""How much of an answer is given: the same whole as in pieces, and never half a word."""
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llm.bounds import LENGTH, STOP, Bounded, Bounds, count_tokens

TEXT = st.text("ab. \n$1,", max_size=30)
PIECES = st.lists(st.text("ab. \n$1,", max_size=6), max_size=8)
STOPS = st.lists(st.text("ab. \n", min_size=1, max_size=3), max_size=4)
ANSWER = "Cuesta $1,500 (pesos). Se paga en el banco."


def streamed(pieces, bounds):
    answer = Bounded(bounds)
    given = [answer.add(piece) for piece in pieces]
    last, reason = answer.end()
    return "".join([*given, last]), reason


@given(PIECES, STOPS, st.none() | st.integers(1, 12))
@example(["ab", "cd"], ["abcd", "b"], None)
@example(["a ", "b"], [" b"], 1)
def test_a_stream_gives_what_the_whole_gives(pieces, stops, tokens):
    bounds = Bounds(stops, tokens)
    assert streamed(pieces, bounds) == bounds.cut("".join(pieces))


@given(TEXT, STOPS, st.integers(1, 12))
def test_what_is_given_begins_the_answer_fits_and_holds_no_stop(text, stops, tokens):
    content, reason = Bounds(stops, tokens).cut(text)
    assert text.startswith(content) and count_tokens(content) <= tokens
    assert not any(stop in content for stop in stops)
    rest = text[len(content) :]
    if reason == LENGTH:
        assert rest[:1].isspace() or not content


@pytest.mark.parametrize(
    ("stop", "tokens", "content", "reason"),
    [
        ([], None, ANSWER, STOP),
        ([], 15, ANSWER, STOP),
        ([], 14, "Cuesta $1,500 (pesos). Se paga en el", LENGTH),
        ([], 5, "Cuesta $1,500", LENGTH),
        ([], 4, "Cuesta", LENGTH),
        (["Se paga"], None, "Cuesta $1,500 (pesos). ", STOP),
        (["nunca", "(", "$"], None, "Cuesta ", STOP),
        (["Cuesta"], None, "", STOP),
        (["(pesos)"], 5, "Cuesta $1,500 ", STOP),
        (["banco"], 5, "Cuesta $1,500", LENGTH),
    ],
)
def test_an_answer_ends_at_a_stop_or_at_a_word(stop, tokens, content, reason):
    assert Bounds(stop, tokens).cut(ANSWER) == (content, reason)


def test_without_bounds_a_piece_is_given_as_it_comes():
    answer = Bounded(Bounds())
    assert [answer.add("Cues"), answer.add("ta")] == ["Cues", "ta"] and answer.end() == ("", STOP)


def test_what_may_begin_a_stop_waits_for_the_next_piece():
    answer = Bounded(Bounds(["fin."]))
    assert [answer.add("al fi"), answer.add("nal")] == ["al ", "final"]
