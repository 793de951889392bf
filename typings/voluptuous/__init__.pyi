# Home Assistant puts its own engine in voluptuous's place; the types follow.
from probatio import *
