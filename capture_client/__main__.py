"""`python -m capture_client` is `kura-capture`."""

from capture_client.cli import main

main()
