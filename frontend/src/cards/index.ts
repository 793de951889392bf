/** The cards. */

import "./console-card/console-card";
import "./server-card/server-card";
