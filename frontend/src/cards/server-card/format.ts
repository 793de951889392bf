/** How the server card writes times, sizes and shares. */

import type { Locale } from "../../hass";

const MEBIBYTES: Readonly<Record<string, number>> = {
  B: 1 / 2 ** 20,
  kB: 1e3 / 2 ** 20,
  KiB: 1 / 2 ** 10,
  MB: 1e6 / 2 ** 20,
  MiB: 1,
  GB: 1e9 / 2 ** 20,
  GiB: 2 ** 10,
  TB: 1e12 / 2 ** 20,
  TiB: 2 ** 20,
};

/** Returns an amount in MiB, whatever unit the person chose for the sensor. */
export function toMebibytes(value: number, unit: unknown): number | undefined {
  const factor = MEBIBYTES[String(unit)];
  return factor === undefined ? undefined : value * factor;
}

/** Returns an amount of memory, with its limit if there is one, such as "1.5 / 4 GiB". */
export function formatMemory(used: number, limit: number | undefined, locale: Locale): string {
  const big = (limit ?? used) >= 1024;
  const number = numberFormat(locale, big ? 1 : 0);
  return withLimit((value) => number.format(big ? value / 1024 : value), used, limit, big ? "GiB" : "MiB");
}

/** Returns a use of the processor, with its limit if there is one, such as "85 / 200 %". */
export function formatCpu(used: number, limit: number | undefined, locale: Locale): string {
  return withLimit(numberFormat(locale, 0).format, used, limit, "%");
}

/** Languages in which numbers are written as a person can choose in Home Assistant's profile. */
const LIKE: Readonly<Record<string, string>> = {
  comma_decimal: "en",
  decimal_comma: "de",
  space_comma: "fr",
  quote_decimal: "de-CH",
  none: "en",
};

function numberFormat({ language, number_format = "language" }: Locale, digits: number): Intl.NumberFormat {
  const like = number_format === "system" ? undefined : (LIKE[number_format] ?? language);
  return new Intl.NumberFormat(like, { maximumFractionDigits: digits, useGrouping: number_format !== "none" });
}

function withLimit(format: (value: number) => string, used: number, limit: number | undefined, unit: string): string {
  // A no-break space: an amount and its unit stay on a line.
  return `${format(used)}${limit === undefined ? "" : ` / ${format(limit)}`} ${unit}`;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** Returns how long ago a time was, such as "3 hours ago"; less than a minute is "now". */
export function formatAgo(since: number, now: number, language: string): string {
  const seconds = Math.max(0, (now - since) / 1000);
  const [unit, size] = STEPS.find(([, size]) => seconds >= size) ?? ["second", Number.POSITIVE_INFINITY];
  const count = Math.floor(seconds / size);
  // "auto" has a word for now, but would also call 30 hours "yesterday".
  return new Intl.RelativeTimeFormat(language, { numeric: unit === "day" ? "always" : "auto" }).format(-count, unit);
}
