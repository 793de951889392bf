"""Generation 2."""
