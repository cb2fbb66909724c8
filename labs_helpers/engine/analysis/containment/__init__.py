"""Does one policy grant what another does not? What Access Analyzer's custom policy checks ask."""
