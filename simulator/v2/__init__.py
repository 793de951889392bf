"""Simulation of a panel of generation 2.

One origin: `/auth` and `/api` are the API, `/daemon` leads to the daemon on the panel's own host, all else is a page.
"""
