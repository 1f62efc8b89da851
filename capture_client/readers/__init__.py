"""Images that others made: folders read once or watched."""
