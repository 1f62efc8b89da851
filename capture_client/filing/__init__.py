"""The endoscope server's local store, and the mass storage filled from it."""
