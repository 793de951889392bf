"""Who plays: asked of games by their own protocols."""
