"""The provider's door into the areas: a stated purpose, and a record in the log of each facility looked into."""
