/** What a server card looks like, large and compact. */

import { css } from "lit";

export const styles = css`
  :host {
    --status-color: var(--state-inactive-color, #9e9e9e);
  }
  .running {
    --status-color: var(--green-color, #4caf50);
  }
  .starting,
  .stopping,
  .installing,
  .restoring,
  .maintenance {
    --status-color: var(--info-color, #039be5);
  }
  .offline,
  .suspended {
    --status-color: var(--orange-color, #ff9800);
  }
  .error {
    --status-color: var(--error-color, #db4437);
  }

  .server {
    display: flex;
    flex-direction: column;
    gap: 12px;
    block-size: 100%;
    box-sizing: border-box;
    padding: 12px;
  }
  .head,
  .title,
  .facts,
  .fact,
  .actions {
    display: flex;
    align-items: center;
  }
  .head {
    gap: 4px;
    min-inline-size: 0;
  }
  .title,
  a.title,
  button.title {
    flex: 1;
    justify-content: flex-start;
    gap: 12px;
    min-inline-size: 0;
    padding: 0;
    border-radius: 8px;
    color: inherit;
    text-decoration: none;
  }
  .badge {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 40px;
    block-size: 40px;
    border-radius: 50%;
    background: color-mix(in srgb, var(--status-color) 20%, transparent);
    color: var(--status-color);
  }
  .badge .icon {
    inline-size: 24px;
    block-size: 24px;
  }
  .lines {
    display: grid;
    flex: 1;
    grid-template-columns: minmax(0, 1fr);
    justify-items: start;
    min-inline-size: 0;
  }
  .line {
    max-inline-size: 100%;
    overflow: hidden;
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-s, 12px);
    line-height: 1.4;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .reason {
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-s, 12px);
  }
  .name {
    color: var(--primary-text-color, #212121);
    font-size: var(--ha-font-size-m, 14px);
    font-weight: 500;
  }
  .away .badge,
  .away .name {
    opacity: 0.7;
  }

  .facts {
    flex-wrap: wrap;
    gap: 4px 16px;
    min-inline-size: 0;
  }
  .fact {
    gap: 8px;
    min-inline-size: 0;
    min-block-size: 32px;
  }
  button.fact {
    min-block-size: 32px;
    padding: 0;
    border-radius: 4px;
    overflow-wrap: anywhere;
  }
  .fact .icon {
    inline-size: 16px;
    block-size: 16px;
    color: var(--secondary-text-color, #727272);
  }

  .usage {
    display: grid;
    margin: 0;
    grid-template-columns: repeat(auto-fit, minmax(min(120px, 100%), 1fr));
    gap: 8px;
  }
  .measure {
    display: grid;
    position: relative;
    overflow: hidden;
    padding: 8px 10px 28px;
    border-radius: 8px;
    background: color-mix(in srgb, var(--primary-text-color, #212121) 5%, transparent);
  }
  .measure dt {
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-s, 12px);
  }
  .measure dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  .trace {
    position: absolute;
    inset-block-end: 0;
    inset-inline: 0;
    inline-size: 100%;
    block-size: 24px;
    color: var(--primary-color, #03a9f4);
    stroke: currentcolor;
    stroke-width: 1.5;
    /* Time runs to the right in every language, as in Home Assistant's own graphs. */
    direction: ltr;
  }
  .trace path {
    fill: none;
  }
  .trace .area {
    fill: currentcolor;
    opacity: 0.15;
    stroke: none;
  }
  .full .trace {
    color: var(--warning-color, #ffa600);
  }

  .actions {
    flex-wrap: wrap;
    gap: 8px;
    margin-block-start: auto;
  }
  .actions button {
    flex: 1;
    white-space: nowrap;
  }
  .start {
    --button-color: var(--green-color, #4caf50);
  }
  .stop {
    --button-color: var(--error-color, #db4437);
  }

  .compact {
    position: relative;
    justify-content: center;
    padding-block: 7px;
    padding-inline: 10px 4px;
  }
  .compact .head {
    position: relative;
    gap: 0;
  }
  /* Below the text, which it must not cross. */
  .compact > .trace {
    block-size: 12px;
    opacity: 0.5;
  }

  .spoken {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
