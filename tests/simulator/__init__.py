"""Tests of the simulated panel, over real sockets."""
