"""Generation 2 of panels: REST and a list of servers, and a live socket for each of them."""
