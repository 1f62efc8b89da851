"""Answers and news on their way back: each delivery by each channel is a row, each attempt too."""
