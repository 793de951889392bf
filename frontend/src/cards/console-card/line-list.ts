/** The lines on the page: ten thousand of them, of which the browser lays out only those in sight. */

import { type ConsoleLine, MOST_LINES } from "./console-lines";

/** Lines that the browser lays out or skips together. */
const BLOCK = 100;
const MOST_BLOCKS = MOST_LINES / BLOCK;

/**
 * Appends lines to an element, and drops the oldest.
 *
 * Elements are made by hand: a renderer that compares ten thousand lines with what they were would do so ten times a
 * second. Text is only ever set as text.
 */
export class LineList {
  constructor(
    readonly element: HTMLElement,
    private readonly formatTime: (time: number) => string,
  ) {}

  append(lines: readonly ConsoleLine[]): void {
    let block = this.element.lastElementChild;
    let arrived: number | undefined;
    let time = "";
    for (const line of lines.slice(-MOST_LINES)) {
      if (!block || block.childElementCount >= BLOCK) {
        block = document.createElement("div");
        block.className = "block";
        this.element.append(block);
      }
      if (line.arrived !== arrived) {
        arrived = line.arrived;
        time = arrived === undefined ? "" : this.formatTime(arrived);
      }
      const element = document.createElement("div");
      element.className = line.level ? `line ${line.level}` : "line";
      if (time) element.dataset.time = time;
      element.textContent = line.text;
      block.append(element);
    }
    while (this.element.childElementCount > MOST_BLOCKS) this.element.firstElementChild?.remove();
  }

  clear(): void {
    this.element.replaceChildren();
  }
}
