"""The commands of kura-capture, one function each, grouped by what they are about."""
