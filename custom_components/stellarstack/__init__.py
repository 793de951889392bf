"""StellarStack: the game servers of a panel, live in Home Assistant."""
