"""Whether the demo's door stands open: in the demo's home, and to callers on the same machine alone."""

import ipaddress

from flask import request

from portal import transactions


def is_open() -> bool:
    """To whoever asks now."""
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - compared, not bound
    return address.is_loopback and transactions.installation().settings.demo.enabled
