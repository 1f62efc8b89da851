"""The departments' work: assignments, claims, answers; and what the facility does to a request that is with them."""
