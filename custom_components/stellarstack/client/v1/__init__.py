"""Panels of generation 1: one WebSocket for all servers, and REST."""
