"""Simulation of a panel of generation 1.

The API's own socket is in `websocket.py`, the live ones of the daemons, with console and usage, in `daemon.py`.
"""
