"""Simulation of a panel of generation 1.

The API's own socket is in `websocket.py`. The sockets of the daemons, with console and usage, are not simulated.
"""
