"""Who plays: asked of the game itself, as no panel tells it."""
