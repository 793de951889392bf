"""What the tests of both generations share."""

SPEED = 20
"""How many times faster than in the field the nodes and the client are."""
SURVIVAL = "d75a4947-3237-4918-aea5-93a64497077b"
CREATIVE = "a9e2e911-465b-4c5c-828a-88780d52b184"
EVENT = "event.survival_lifecycle"
