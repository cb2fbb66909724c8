"""What belongs to one learner: progress, certificate, quiz, recall, and self-test."""
