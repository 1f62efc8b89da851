"""`python -m portal` is `kura`."""

from portal.cli import main

main()
