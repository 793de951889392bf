/** Goes to another page of Home Assistant; a path without a slash stands for one of the same dashboard. */
export function navigate(path: string): void {
  history.pushState(null, "", path);
  window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace: false } }));
}
