/** The dashboard, and its place where a person adds one. */

import { listStrategy } from "../define";
import { refreshOpenDashboard } from "./late";
import "./dashboard";

listStrategy("stellarstack", (words) => ({
  strategyType: "dashboard",
  name: words("dashboard_name"),
  description: words("dashboard_description"),
  documentationURL: "https://github.com/stellarstack-home/ha-stellarstack/blob/main/docs/dashboard.md",
}));
refreshOpenDashboard("custom:stellarstack");
