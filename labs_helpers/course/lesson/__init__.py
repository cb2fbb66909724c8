"""A day in a notebook: what `open_day` returns, and what it shows of attempts, errors, and mistakes."""
