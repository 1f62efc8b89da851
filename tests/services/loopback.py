"""Tests speak to this machine only: a connection to anywhere else is an error that names the address."""

import ipaddress
import socket
from typing import Any

import pytest


class OutsideAddress(Exception):
    """A test tried to leave the machine."""


def close_the_door(patch: pytest.MonkeyPatch) -> None:
    """Refuse connections and look-ups beyond the loopback addresses."""
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        _refuse_outside(host)
        return look_up(host, *arguments, **options)

    patch.setattr(socket, "getaddrinfo", guarded_look_up)


def _guarded(original: Any) -> Any:
    def call(self: socket.socket, *arguments: Any) -> Any:
        # The address is the last argument of all three.
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_outside(arguments[-1][0])
        return original(self, *arguments)

    return call


def _refuse_outside(host: object) -> None:
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return
    try:
        inside = ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise OutsideAddress(f"tests speak to this machine only, not to {host!r}")
