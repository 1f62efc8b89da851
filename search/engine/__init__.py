"""The port behind which postings are kept, its engines, and the language layer in front of them."""
