"""How a panel of generation 1 tells what its nodes do."""
