"""How a panel of generation 2 tells what its nodes do.

One origin: `/auth` and `/api` are the API, `/daemon` leads to the daemon on the panel's own host, all else is a page.
"""
