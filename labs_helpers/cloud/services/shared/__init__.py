"""The parts that the services share: authorization tables, refusals, pages of lists, facts of the trail."""
