"""The vault: uploads, the drive's folders, deletion, holds, care of what is held"""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _parts_and_uploads()
    _drive()
    _deletion_and_holds()
    _care()
    _capacity()


def _parts_and_uploads() -> None:
    """Blobs in parts, and uploads that resume."""


def _drive() -> None:
    """Folders, locks and properties."""


def _deletion_and_holds() -> None:
    """What is deleted, held, collected, erased."""


def _care() -> None:
    """Second copies, scrub, restore drills."""


def _capacity() -> None:
    """What has been told of an area that fills."""
