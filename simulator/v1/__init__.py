"""How a panel of generation 1 tells what its nodes do.

The API's own socket is in `websocket.py`. The sockets of the daemons, with console and usage, are not simulated.
"""
