/** Mends a dashboard that was opened before this file was there. */

import type { DashboardConfig } from "./options";

interface Root extends HTMLElement {
  lovelace?: { rawConfig?: { strategy?: DashboardConfig } };
}

/**
 * Lets an open dashboard of ours be made again.
 *
 * Home Assistant waits 5 s for a strategy and then shows an error until the page is loaded again.
 */
export function refreshOpenDashboard(type: string): void {
  const root = find(document, "hui-root") as Root | undefined;
  if (root?.lovelace?.rawConfig?.strategy?.type === type) {
    root.dispatchEvent(new CustomEvent("config-refresh"));
  }
}

function find(parent: ParentNode, name: string): Element | undefined {
  for (const element of parent.querySelectorAll("*")) {
    if (element.localName === name) return element;
    const found = element.shadowRoot ? find(element.shadowRoot, name) : undefined;
    if (found) return found;
  }
  return undefined;
}
