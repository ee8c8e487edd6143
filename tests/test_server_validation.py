"""What the door lets in, and what it refuses."""

import json
import unicodedata
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.validation import (
    MAX_BODY,
    MAX_MESSAGE,
    SENDER_ALIASES,
    BadRequest,
    check_content_type,
    is_blank,
    read_request,
)


def read(value):
    return read_request(json.dumps(value).encode())


def refusal(body: bytes) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        read_request(body)
    return caught.value


@pytest.mark.parametrize("body", [
    b"", b"hola", b"{", b"{'message': 'hola'}", b'{"message": "hola"} x', b'{"message": NaN}',
    b'{"message": "hola", "x": Infinity}', b'{"message": "a", "message": "b"}', b"\xff\xfe",
    '{"message": "ñ"}'.encode("latin-1"), '{"message": "hola"}'.encode("utf-16"), b'{"message": "a\x00b"}',
    b"[" * 9000, b'{"message": "hola", "n": ' + b"9" * 5000 + b"}", b'[1]', b'"hola"', b"null", b"5",
])  # fmt: skip
def test_what_is_not_a_json_object_is_refused_with_400(body):
    error = refusal(body)
    assert error.status == 400 and error.field is None and error.message.endswith((".", "}."))


@pytest.mark.parametrize(("body", "cause"), [
    (b'{"message": "a", "message": "b"}', "repite"), (b'{"message": "a", "m": {"\\ud800": 1, "\\ud800": 2}}', "repite"),
    (b'{"message": "hola", "m": ' + b"[" * 5000 + b"]" * 5000 + b"}", "niveles"),
    (b'{"a":' * 2500 + b"1" + b"}" * 2500, "niveles"),
])  # fmt: skip
def test_json_that_another_reader_would_take_is_refused_with_the_cause(body, cause):
    error = refusal(body)
    assert error.status == 400 and cause in error.message and error.message.encode()


@pytest.mark.parametrize("message", [
    None, 5, True, 1.5, [], ["hola"], {}, "", "   ", "\n\t", "\u200b\u200d\ufeff", "\u00a0\u3000", "\u2800", "\u3164",
    "\u0301", "\ufe0f", "a" * (MAX_MESSAGE + 1), "a\x00b", "a\x1bb", "\x07", "a\x7f", "a\x9b",
    "\ud800", "hola \udc00",
])  # fmt: skip
def test_a_bad_message_is_refused_and_named(message):
    error = refusal(json.dumps({"message": message}).encode())
    assert (error.status, error.field) == (422, "message")


@pytest.mark.parametrize("sender", [5, True, [], {}, "", "  ", "\u200b", "a" * 129, "a\nb", "a\x00", "\ud800"])
def test_a_bad_sender_is_refused_and_named(sender):
    error = refusal(json.dumps({"message": "hola", "sender": sender}).encode())
    assert (error.status, error.field) == (422, "sender")


def test_a_missing_message_is_said_so():
    assert "Falta" in refusal(b'{"sender": "a"}').message


def test_a_body_over_the_limit_is_refused_with_413():
    assert refusal(b'{"message": "hola", "x": "' + b"a" * MAX_BODY + b'"}').status == 413


def test_limits_are_inclusive_and_unknown_keys_ignored():
    request = read({"message": "a" * MAX_MESSAGE, "sender": "s" * 128, "metadata": {"is_external": True}})
    assert (len(request.message), len(request.sender)) == (MAX_MESSAGE, 128)


def test_a_thousand_emoji_written_as_escapes_fit():
    assert read({"message": "😀" * MAX_MESSAGE}).message == "😀" * MAX_MESSAGE


def test_lines_and_tabs_stay_and_windows_line_ends_become_plain():
    assert read({"message": " a\r\nb\tc\n"}).message == "a\nb\tc"


def test_a_missing_or_null_sender_gets_a_fresh_uuid():
    senders = {read({"message": "hola"}).sender, read({"message": "hola", "sender": None}).sender}
    assert len(senders) == 2 and all(uuid.UUID(sender) for sender in senders)


@pytest.mark.parametrize("name", SENDER_ALIASES)
def test_the_sender_may_have_the_name_that_other_services_give_it(name):
    assert read({"message": "hola", name: "ana"}).sender == "ana"
    assert read({"message": "hola", name: "ana", "sender": None}).sender == "ana"
    assert read({"message": "hola", name: "ana", "sender": "ana"}).sender == "ana"
    assert read({"message": "hola", name: None, "sender": "ana"}).sender == "ana"


@pytest.mark.parametrize("name", SENDER_ALIASES)
@pytest.mark.parametrize("sender", [5, {"id": "ana"}, "", "a" * 129, "a\nb"])
def test_a_bad_sender_is_refused_under_the_name_that_was_used(name, sender):
    error = refusal(json.dumps({"message": "hola", name: sender}).encode())
    assert (error.status, error.field) == (422, name) and f"«{name}»" in error.message


def test_two_senders_that_disagree_are_refused():
    error = refusal(b'{"message": "hola", "session_id": "ana", "sender": "eva"}')
    assert (error.status, error.field) == (422, "session_id")
    assert "«sender»" in error.message and "«session_id»" in error.message


@pytest.mark.parametrize(
    "value", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json", "text/json+json"]
)
def test_another_content_type_is_refused_with_415(value):
    with pytest.raises(BadRequest) as caught:
        check_content_type(value)
    assert caught.value.status == 415


@pytest.mark.parametrize("value", [None, "application/json", "Application/JSON; charset=utf-8", "application/ld+json"])
def test_json_content_types_pass(value):
    check_content_type(value)


@given(st.text(max_size=MAX_MESSAGE))
def test_any_text_is_either_refused_with_4xx_or_comes_out_clean(text):
    try:
        message = read({"message": text}).message
    except BadRequest as error:
        assert 400 <= error.status < 500
        return
    assert message == unicodedata.normalize("NFC", message) == message.strip() and not is_blank(message)


@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_request_or_a_refusal(body):
    try:
        read_request(body)
    except BadRequest as error:
        assert 400 <= error.status < 500


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=5,
)  # fmt: skip


@given(_JSON, _JSON)
def test_no_json_value_is_coerced(message, sender):
    try:
        request = read({"message": message, "sender": sender})
    except BadRequest:
        return
    assert isinstance(message, str) and (sender is None or request.sender == sender)
