"""A learner's own results: progress, certificate, quiz, recall, and self-test."""
