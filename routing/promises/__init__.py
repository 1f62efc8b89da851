"""What departments promise: hours of work, public holidays, and by when a request should be answered."""
