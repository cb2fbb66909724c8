"""What people read, held to one language, one company and one set of titles: `python -m tests.text`."""
