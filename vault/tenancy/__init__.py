"""Who rents: facilities and their areas, people, devices, tokens, sign-in, and what a department was let to read."""
