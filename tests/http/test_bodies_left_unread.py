"""A view may answer before it has read its body: the connection's next request is still found where it begins."""

import socket

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser

from portal.socket_body import SocketBody

BODY = bytes(range(250)) * 4
FIRST = b"POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
SECOND = b"GET /second HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("taken", [0, 1, 600, 1000])
@pytest.mark.parametrize("ahead", [0, 400, 1000])
def test_the_next_request_is_found(taken: int, ahead: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        theirs.sendall(FIRST + BODY[:ahead])
        requests = RequestParser(Config(), ours, ("127.0.0.1", 1))
        request = next(requests)
        theirs.sendall(BODY[ahead:] + SECOND)
        body, content = SocketBody(ours, request.body), bytearray(taken)
        filled = 0
        while filled < taken:
            filled += body.readinto(memoryview(content)[filled:])
        assert bytes(content) == BODY[:taken]
        assert requests.finish_body()
        assert next(requests).path == "/second"
