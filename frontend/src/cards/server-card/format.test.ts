import { expect, test } from "vitest";
import { formatAgo, formatCpu, formatMemory, toMebibytes } from "./format";

test.each([
  [512, undefined, "en", "512 MiB"],
  [512.4, 1000, "en", "512 / 1,000 MiB"],
  [512, 4096, "en", "0.5 / 4 GiB"],
  [1536, undefined, "de", "1,5 GiB"],
])("memory %j of %j in %s", (used, limit, language, text) =>
  expect(formatMemory(used, limit, { language })).toBe(text),
);

test.each([
  ["language", "1,234.5 GiB"],
  ["comma_decimal", "1,234.5 GiB"],
  ["decimal_comma", "1.234,5 GiB"],
  ["space_comma", "1 234,5 GiB"],
  ["quote_decimal", "1'234.5 GiB"],
  ["none", "1234.5 GiB"],
])("numbers are written as %s", (number_format, text) => {
  const written = formatMemory(1234.5 * 1024, undefined, { language: "en", number_format });
  // What parts thousands differs with the version of the browser.
  expect(written.replaceAll(/\s/g, " ").replace("’", "'")).toBe(text);
});

test("numbers are written as the browser does, where the person wants that", () => {
  const written = formatCpu(1234.5, undefined, { language: "de", number_format: "system" });
  expect(written).toBe(`${new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 }).format(1234.5)} %`);
});

test.each([
  [12.6, undefined, "13 %"],
  [0, 200, "0 / 200 %"],
])("cpu %j of %j", (used, limit, text) => expect(formatCpu(used, limit, { language: "en" })).toBe(text));

test.each([
  [0, "now"],
  [59_000, "now"],
  [60_000, "1 minute ago"],
  [3_599_000, "59 minutes ago"],
  [7_200_000, "2 hours ago"],
  [30 * 3_600_000, "1 day ago"],
  [-5_000, "now"],
])("%d ms are %j", (age, text) => expect(formatAgo(1_000_000_000, 1_000_000_000 + age, "en")).toBe(text));

test("a time is written in the person's language", () => {
  expect(formatAgo(0, 120_000, "de")).toBe("vor 2 Minuten");
});

test("toMebibytes knows the units of a sensor", () => {
  expect(toMebibytes(2, "GiB")).toBe(2048);
  expect(toMebibytes(1, "MiB")).toBe(1);
  expect(toMebibytes(1.048576, "MB")).toBeCloseTo(1);
  expect(toMebibytes(1, "apples")).toBeUndefined();
});
