"""What the worker runs for the queue: answers whose seconds to be taken back have passed."""

from routing.queue.hold import JOB, release

__all__ = ["JOB", "release"]
