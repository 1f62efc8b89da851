"""Pages checked without the portal: rendered with sample context, compiled strictly, looked at as pictures."""
