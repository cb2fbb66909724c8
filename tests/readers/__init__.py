"""Answers that readers tried without having seen an exercise's data, with the verdicts that they got."""
