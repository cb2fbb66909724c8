"""A day in a notebook: the `Day` that `open_day` returns, its attempts and demos, and its help with errors."""
