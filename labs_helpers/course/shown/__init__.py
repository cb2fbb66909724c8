"""What a learner is shown: text, tables, cards, and charts, as plain text and as escaped HTML."""
