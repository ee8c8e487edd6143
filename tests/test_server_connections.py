"""Connections that say nothing don't shut the others out."""

import json
import logging
import resource
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from server.connections import bounded_protocol, connection_limit
from server.logs import AcceptFilter
from tests.server_parts import RasaStub, serving


def connect(url, said=b""):
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port), timeout=5)
    connection.sendall(said)
    return connection


def closed(connection, seconds):
    """Whether the other side ends the connection within ``seconds``."""
    connection.settimeout(seconds)
    try:
        while connection.recv(1000):
            pass
        return True
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


ANSWERED = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("said", [b"", b"GET /", b"GET / HTTP/1.1\r\nHost: a\r\n"])
def test_who_never_says_what_it_wants_is_cut_off(said):
    with serving(RasaStub(), http=bounded_protocol(10, head_seconds=0.5)) as url, connect(url, said) as connection:
        start = time.monotonic()
        assert closed(connection, 5) and 0.3 < time.monotonic() - start < 3


def test_half_a_head_after_an_answer_is_cut_off_too():
    with serving(RasaStub(), http=bounded_protocol(10, head_seconds=0.5)) as url, connect(url, ANSWERED) as connection:
        assert b"200 OK" in connection.recv(1000)
        connection.sendall(b"GET / HT")
        assert closed(connection, 3)


def test_a_slow_answer_is_waited_for():
    stub = RasaStub()
    stub.delay = 1.0
    with serving(stub, http=bounded_protocol(10, head_seconds=0.3)) as url:
        assert httpx.post(url, json={"sender": "a", "message": "hola"}).status_code == 200


def test_the_silent_make_room_for_who_asks():
    with serving(RasaStub(), http=bounded_protocol(5)) as url:
        silent = [connect(url, b"GET") for _ in range(20)]
        for _ in range(10):
            assert httpx.get(url, timeout=5).status_code == 200
        open_still = [connection for connection in silent if not closed(connection, 0.05)]
        assert len(open_still) <= 5
        for connection in silent:
            connection.close()


def test_when_all_are_being_served_the_next_is_refused_clearly():
    stub = RasaStub()
    stub.delay = 1.5
    body = json.dumps({"sender": "a", "message": "hola"}).encode()
    ask = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with serving(stub, http=bounded_protocol(2)) as url:
        served = [connect(url, ask) for _ in range(2)]
        time.sleep(0.3)
        with connect(url) as refused:
            head, _, text = refused.recv(2000).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503") and b"Retry-After" in head
            assert "demasiadas conexiones" in json.loads(text)["error"]["message"]
        for connection in served:
            assert b"200 OK" in connection.recv(2000)
            connection.close()


def test_the_limit_leaves_descriptors_for_everything_else(monkeypatch):
    raised = []
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: raised.append(limits))
    limits = {(1024, 1024): 624, (1024, 1_000_000): 2000, (256, 256): 32, (1024, resource.RLIM_INFINITY): 2000}
    for given, most in limits.items():
        monkeypatch.setattr(resource, "getrlimit", lambda kind, given=given: given)
        assert connection_limit() == most
    assert raised == [(2400, 1_000_000), (2400, resource.RLIM_INFINITY)]


def test_connections_that_cant_be_accepted_are_logged_once_a_minute():
    now = [0.0]
    accept = AcceptFilter(clock=lambda: now[0])

    def passes(name="asyncio", message="socket.accept() out of system resource\nsocket: <x>"):
        record = logging.LogRecord(name, logging.ERROR, "", 0, message, (), (OSError, OSError("no"), None))
        return accept.filter(record) and (record.getMessage(), record.exc_info)

    first = passes()
    assert first == ("socket.accept() out of system resource (0 more before)", None)
    assert not any(passes() for _ in range(1000))
    assert passes(message="other")[1] and passes(name="server")[1]
    now[0] = 60.0
    assert passes()[0].endswith("(1000 more before)")
