"""Tests, laid out as labs_helpers/ is; browser/ and notebooks/ beside it."""
