"""How exams come in: manifests, bundles, commits and the receipts that prove what is held."""
