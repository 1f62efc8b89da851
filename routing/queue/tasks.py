"""What the worker runs for the queue: answers whose seconds to be taken back have passed, and the router's lessons."""

from routing.queue.hold import JOB, release
from routing.queue.lessons import TRAIN, train

__all__ = ["JOB", "TRAIN", "release", "train"]
