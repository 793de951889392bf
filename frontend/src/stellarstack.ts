/** All that the integration adds to Home Assistant's frontend. */

import "./cards";
import "./strategy";
