"""From what an analyst types to a tree, and from a hit to an excerpt that shows why it was found."""
