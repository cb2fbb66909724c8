"""The tests, which mirror the folders of labs_helpers/, plus browser/, notebooks/, and others."""
