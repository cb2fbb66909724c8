"""Messages that a pool sends to its users, and the one-time codes in these messages."""
