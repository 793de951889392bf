"""What only panels of generation 2 have, or lack."""
