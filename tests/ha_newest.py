"""Lets the test harness, made for an older Home Assistant, test a newer one; loaded with `-p tests.ha_newest`.

Home Assistant puts its own HTTP library in httpx's place and must come before anything imports that; what the harness
looks for in the logger component has moved within it.
"""

import homeassistant  # noqa: F401 - imported for its effect, before the harness imports httpx

from homeassistant.components import logger  # isort: skip # after it
from homeassistant.components.logger import helpers  # isort: skip # after it

if not hasattr(logger, "_clear_logger_overwrites"):
    setattr(logger, "_clear_logger_overwrites", helpers._clear_logger_overwrites)  # noqa: B010 - is not declared
