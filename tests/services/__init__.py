"""The programs that tests run against: a private PostgreSQL, a private Redis, a browser; and the schema on them."""
