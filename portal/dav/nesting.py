"""XML from a client is looked through before it becomes a tree: elements nested without end would cost the stack."""

from xml.parsers import expat

DEEPEST = 200


class _TooDeep(Exception):
    """More elements within each other than any client has a use for."""


class _Depth:
    """Counts how deep the parser is."""

    def __init__(self) -> None:
        self._now = 0

    def begin(self, _name: str, _attributes: object) -> None:
        """An element begins."""
        self._now += 1
        if self._now > DEEPEST:
            raise _TooDeep

    def end(self, _name: str) -> None:
        """An element ends."""
        self._now -= 1

    def declared(self, *_what: object) -> None:
        """Entities are not expanded here: whoever reads the tree refuses them."""
        raise _TooDeep


def is_bounded(body: bytes) -> bool:
    """Whether XML is nested no deeper than 200 and declares no entities; what is no XML is left to its reader."""
    parser, depth = expat.ParserCreate(), _Depth()
    parser.StartElementHandler, parser.EndElementHandler = depth.begin, depth.end
    parser.EntityDeclHandler = depth.declared
    try:
        parser.Parse(body, True)
    except _TooDeep:
        return False
    except expat.ExpatError:
        return True
    return True
