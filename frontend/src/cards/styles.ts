/** What both cards look like, in the colours and shapes of Home Assistant's theme. */

import { css } from "lit";

/** The card itself, also where Home Assistant's own element is missing. */
export const cardStyles = css`
  :host {
    display: block;
    block-size: 100%;
  }
  ha-card {
    block-size: 100%;
    box-sizing: border-box;
    overflow: hidden;
  }
  ha-card:not(:defined) {
    display: block;
    border: 1px solid var(--divider-color, #e0e0e0);
    border-radius: var(--ha-card-border-radius, 12px);
    background: var(--ha-card-background, var(--card-background-color, #fff));
    color: var(--primary-text-color, #212121);
  }
  .message {
    margin: 0;
    padding: 16px;
    color: var(--secondary-text-color, #727272);
  }
`;

/** Buttons and their icons. */
export const buttonStyles = css`
  .icon {
    inline-size: 20px;
    block-size: 20px;
    flex: none;
    fill: currentcolor;
  }
  button,
  a.item {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-block-size: 40px;
    box-sizing: border-box;
    margin: 0;
    padding: 0 16px;
    border: 0;
    border-radius: 20px;
    background: none;
    color: inherit;
    font: inherit;
    text-align: start;
    text-decoration: none;
    cursor: pointer;
  }
  button:hover:not(:disabled),
  a.item:hover {
    background: color-mix(in srgb, currentcolor 8%, transparent);
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  button.filled {
    background: color-mix(in srgb, var(--button-color, var(--primary-color, #03a9f4)) 16%, transparent);
    font-weight: 500;
  }
  button.filled:hover:not(:disabled) {
    background: color-mix(in srgb, var(--button-color, var(--primary-color, #03a9f4)) 26%, transparent);
  }
  button.bare {
    inline-size: 40px;
    flex: none;
    padding: 0;
    color: var(--secondary-text-color, #727272);
  }
  :focus-visible {
    outline: 2px solid var(--primary-color, #03a9f4);
    outline-offset: -2px;
  }
`;
