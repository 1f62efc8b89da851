"""At the terminal: requests, the inbox of answers, notices as they come."""
