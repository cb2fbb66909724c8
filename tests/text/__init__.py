"""Checks for all text that people read: language, company, and titles (`python -m tests.text`)."""
