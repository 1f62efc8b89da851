"""What people and programs meet: pages, API, commands, worker."""
