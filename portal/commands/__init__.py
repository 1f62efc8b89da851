"""The sub-commands of `kura`, one file for those that belong together."""
