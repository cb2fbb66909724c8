"""Output for learners: text, tables, cards, and charts, as plain text and as escaped HTML."""
