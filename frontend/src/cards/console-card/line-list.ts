/** The lines on the page: ten thousand of them, of which the browser lays out only those in sight. */

import { type ConsoleLine, MOST_CHARACTERS, MOST_LINES, newest } from "./console-lines";

/** The most lines, and about as many characters, that the browser lays out or skips together. */
const BLOCK_LINES = 100;
const BLOCK_LENGTH = 20_000;

/**
 * Appends lines to an element, and drops the oldest.
 *
 * Elements are made by hand: a renderer that compares ten thousand lines with what they were would do so ten times a
 * second. Text is only ever set as text.
 */
export class LineList {
  private block: HTMLElement | undefined;
  private length = 0;
  private count = 0;
  private characters = 0;

  constructor(
    readonly element: HTMLElement,
    private readonly formatTime: (time: number) => string,
  ) {}

  append(lines: readonly ConsoleLine[]): void {
    let arrived: number | undefined;
    let time = "";
    for (const line of newest(lines)) {
      if (line.arrived !== arrived) {
        arrived = line.arrived;
        time = arrived === undefined ? "" : this.formatTime(arrived);
      }
      const element = document.createElement("div");
      element.className = line.level ? `line ${line.level}` : "line";
      if (time) element.dataset.time = time;
      element.textContent = line.text;
      this.blockFor(line).append(element);
      this.count += 1;
      this.characters += line.text.length;
    }
    // The last block stays: the newest lines are never dropped.
    while (this.count > MOST_LINES || this.characters > MOST_CHARACTERS) {
      const oldest = this.element.firstElementChild;
      if (!oldest || oldest === this.block) break;
      this.count -= oldest.childElementCount;
      this.characters -= oldest.textContent.length;
      oldest.remove();
    }
  }

  private blockFor({ text }: ConsoleLine): HTMLElement {
    if (!this.block || this.block.childElementCount >= BLOCK_LINES || this.length >= BLOCK_LENGTH) {
      this.block = document.createElement("div");
      this.block.className = "block";
      this.element.append(this.block);
      this.length = 0;
    }
    this.length += text.length;
    return this.block;
  }

  clear(): void {
    this.element.replaceChildren();
    this.block = undefined;
    this.count = 0;
    this.characters = 0;
  }
}
