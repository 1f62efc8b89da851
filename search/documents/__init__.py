"""From rows to documents: what of a request, an answer, an exam or a file can be found, and when it is indexed."""
