"""The whole installation: backed up while it serves, read back, and brought to life again elsewhere."""
