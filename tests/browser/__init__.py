"""The portal as people see it, in a real browser against a real server."""
