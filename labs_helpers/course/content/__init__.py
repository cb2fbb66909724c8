"""The course's content in data/: its paths, its shapes, and loading it."""
