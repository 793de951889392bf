import { afterEach, expect, test, vi } from "vitest";
import { copyText } from "./page";

afterEach(() => {
  vi.unstubAllGlobals();
});

test("copies in the old way where the browser has no other one, or does not allow it", async () => {
  const copied: (string | undefined)[] = [];
  const execCommand = () => {
    copied.push(document.querySelector("textarea")?.value);
    return true;
  };
  Object.assign(document, { execCommand });
  const writeText = vi.fn(async () => {
    throw new DOMException("not in a frame", "NotAllowedError");
  });
  for (const isSecureContext of [false, true]) {
    vi.stubGlobal("isSecureContext", isSecureContext);
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    await copyText(document.body, "203.0.113.10:25565");
  }
  expect(copied).toEqual(["203.0.113.10:25565", "203.0.113.10:25565"]);
  expect(writeText).toHaveBeenCalledOnce();
  expect(document.querySelector("textarea")).toBeNull();
});
