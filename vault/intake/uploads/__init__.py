"""Uploads that resume: tus 1.0.0 without its HTTP."""
