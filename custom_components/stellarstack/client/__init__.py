"""The protocol of StellarStack panels, for asyncio. Knows nothing of Home Assistant."""
