"""What the services have in common: their tables, their refusals, pages of lists, facts of the trail."""
