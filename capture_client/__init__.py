"""At the facility: capture, filing, backup and the terminal; speaks HTTP to the portal."""
