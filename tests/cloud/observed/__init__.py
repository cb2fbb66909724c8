"""Comparisons of the cloud's answers with observed answers from AWS."""
