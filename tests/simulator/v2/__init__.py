"""Tests of the simulator's generation 2, against answers and recordings of a real panel."""
