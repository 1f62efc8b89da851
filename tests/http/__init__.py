"""Tests over HTTP: the app in process for breadth, a running server for what only a process can show."""
