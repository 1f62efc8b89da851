"""PROPFIND of a folder, sent as it is read: a folder of any number of files costs the memory of a few of them."""

from collections.abc import Iterable, Iterator
from typing import Any

from wsgidav import util, xml_tools
from wsgidav.dav_error import HTTP_BAD_REQUEST, DAVError

from portal.dav.resources import Environ, File, Folder

CONTENT_TYPE = "application/xml; charset=utf-8"
_BEGIN = b'<?xml version="1.0" encoding="utf-8" ?>\n<D:multistatus xmlns:D="DAV:">'
_END = b"</D:multistatus>"
_AT_ONCE = 100
_KINDS = {"{DAV:}allprop": "allprop", "{DAV:}propname": "name", "{DAV:}prop": "named"}


def asked(environ: Environ) -> tuple[str, list[str] | None]:
    """Which properties: all of them, their names, or those named; 400 for what RFC 4918 does not know."""
    body = util.parse_xml_body(environ, allow_empty=True)
    if body is None:
        return "allprop", None
    kinds = [one for one in body if one.tag in _KINDS]
    if body.tag != "{DAV:}propfind" or len(kinds) != 1:
        raise DAVError(HTTP_BAD_REQUEST)
    mode = _KINDS[kinds[0].tag]
    return mode, [one.tag for one in kinds[0]] if mode == "named" else None


def streamed(things: Iterable[File | Folder], mode: str, names: list[str] | None) -> Iterator[bytes]:
    """The answer's body, some things at a time."""
    yield _BEGIN
    some: list[bytes] = []
    for thing in things:
        some.append(_response(thing, mode, names))
        if len(some) == _AT_ONCE:
            yield b"".join(some)
            some = []
    yield b"".join(some) + _END


def _response(thing: File | Folder, mode: str, names: list[str] | None) -> bytes:
    outer = xml_tools.make_multistatus_el()
    util.add_property_response(outer, thing.get_href(), thing.get_properties(mode, name_list=names))
    written: Any = xml_tools.etree.tostring(outer[0], encoding="UTF-8")
    text = bytes(written)
    return text.partition(b"?>")[2].lstrip() if text.startswith(b"<?xml") else text
