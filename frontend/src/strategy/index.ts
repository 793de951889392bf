/** The dashboard. */

import { listStrategy } from "../define";

listStrategy("stellarstack", (words) => ({
  strategyType: "dashboard",
  name: words("dashboard_name"),
  description: words("dashboard_description"),
  documentationURL: "https://github.com/stellarstack-home/ha-stellarstack/blob/main/docs/dashboard.md",
}));
