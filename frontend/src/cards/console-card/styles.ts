/** What a console card looks like. */

import { css } from "lit";

export const styles = css`
  :host {
    --quiet-color: color-mix(in srgb, var(--secondary-text-color, #727272) 75%, var(--primary-text-color, #212121));
  }
  ha-card {
    display: flex;
    flex-direction: column;
    min-block-size: 240px;
  }
  :host(:not([layout="grid"])) ha-card {
    block-size: 480px;
  }
  :host([layout="panel"]) ha-card {
    block-size: calc(100dvh - var(--header-height, 56px));
  }

  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 8px;
    padding-block: 8px;
    padding-inline: 16px 8px;
  }
  .title {
    flex: 1 1 160px;
    min-inline-size: 0;
    padding-block: 4px;
    overflow: hidden;
    font-size: var(--ha-font-size-l, 16px);
    font-weight: 500;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tools {
    display: flex;
    flex: 1 1 240px;
    align-items: center;
    justify-content: flex-end;
    min-inline-size: 0;
  }
  input {
    box-sizing: border-box;
    min-inline-size: 0;
    block-size: 40px;
    padding: 0 12px;
    border: 1px solid var(--input-outlined-idle-border-color, var(--divider-color, #8c8c8c));
    border-radius: 20px;
    background: none;
    color: inherit;
    font: inherit;
    /* Safari on phones zooms into smaller text. */
    font-size: 16px;
  }
  input::placeholder {
    color: var(--secondary-text-color, #727272);
    opacity: 1;
  }
  input[type="search"] {
    flex: 1;
    max-inline-size: 240px;
  }
  output {
    padding-inline: 8px;
    color: var(--quiet-color);
    font-variant-numeric: tabular-nums;
  }
  button[aria-pressed="true"] {
    color: var(--primary-color, #03a9f4);
  }

  .frame {
    display: flex;
    flex: 1;
    position: relative;
    min-block-size: 0;
  }
  .log {
    flex: 1;
    overflow: hidden auto;
    overscroll-behavior: contain;
    padding: 8px 16px;
    background: color-mix(in srgb, var(--primary-text-color, #212121) 5%, transparent);
    font-family: var(--ha-font-family-code, monospace);
    font-size: 12px;
    line-height: 1.5;
    /* What games print runs from left to right in every language. */
    direction: ltr;
    text-align: left;
  }
  .log.follows {
    overflow-anchor: none;
  }
  .block {
    contain-intrinsic-block-size: auto 1800px;
  }
  /* The last one grows, so its size cannot be foretold. */
  .block:not(:last-child) {
    content-visibility: auto;
  }
  .line {
    overflow-wrap: anywhere;
    white-space: pre-wrap;
    unicode-bidi: plaintext;
  }
  .times [data-time] {
    padding-left: var(--time-width);
    text-indent: calc(-1 * var(--time-width));
  }
  .times [data-time]::before {
    display: inline-block;
    min-width: var(--time-width);
    color: var(--quiet-color);
    content: attr(data-time);
    text-indent: 0;
  }
  /* Mixed with the colour of text, so that they can be read on light and dark. */
  .error {
    color: color-mix(in srgb, var(--error-color, #db4437) 65%, var(--primary-text-color, #212121));
  }
  .warning {
    color: color-mix(in srgb, var(--warning-color, #ffa600) 45%, var(--primary-text-color, #212121));
  }
  .empty {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    padding: 16px;
    color: var(--quiet-color);
    text-align: center;
    pointer-events: none;
  }
  .resume {
    position: absolute;
    inset-block-end: 8px;
    inset-inline: 0;
    margin-inline: auto;
    inline-size: max-content;
    max-inline-size: calc(100% - 32px);
    background: var(--primary-text-color, #212121);
    color: var(--card-background-color, #fff);
    font-size: var(--ha-font-size-m, 14px);
  }
  .resume:hover:not(:disabled) {
    background: color-mix(in srgb, var(--primary-text-color, #212121) 85%, var(--card-background-color, #fff));
  }

  .reason {
    margin: 0;
    padding: 8px 16px 0;
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-m, 14px);
  }
  .reason:empty {
    display: none;
  }
  form {
    display: flex;
    gap: 4px;
    padding: 8px;
  }
  form input {
    flex: 1;
    font-family: var(--ha-font-family-code, monospace);
    direction: ltr;
  }
`;
