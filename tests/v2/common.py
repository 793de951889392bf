"""What the tests of generation 2 share."""

SURVIVAL = "d75a4947-3237-4918-aea5-93a64497077b"
SHARED = "a9e2e911-465b-4c5c-828a-88780d52b184"
