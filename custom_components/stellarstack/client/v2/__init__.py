"""Panels of generation 2: REST, a server list and live sockets."""
