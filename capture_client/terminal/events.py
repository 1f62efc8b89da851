"""Server-sent events as the WHATWG defines them: fields by line, an empty line ends one, a colon begins a comment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """`id` is the last one the stream named, also for events that carry none; a beat is a comment or a bare id."""

    kind: str
    data: str
    id: str = ""

    @property
    def beat(self) -> bool:
        """Whether it only says that the line lives."""
        return not self.data


def parse(lines: Iterable[str]) -> Iterator[Event]:
    """Events and beats of a stream, as they come."""
    kind, data, last = "", list[str](), ""
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data or last:
                yield Event(kind or "message", "\n".join(data), last)
            kind, data = "", []
        elif not name:
            yield Event("", "", last)
        elif name == "event":
            kind = value
        elif name == "data":
            data.append(value)
        elif name == "id" and "\0" not in value:
            last = value
