// Styles that components share.
import { css } from "lit";

export const controls = css`
  :host,
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  button {
    font: inherit;
    color: inherit;
    background: none;
    border: 1px solid var(--line-strong);
    border-radius: 8px;
    padding: 6px 12px;
    min-height: 36px;
    cursor: pointer;
  }
  button:hover {
    border-color: var(--accent);
    color: var(--accent);
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

/** Of components with fields that fold. */
export const fields = css`
  label {
    display: grid;
    gap: 4px;
    font-size: 0.8125rem;
    font-weight: 600;
    color: var(--ink-soft);
  }
  textarea,
  input {
    width: 100%;
    min-height: 40px;
    padding: 8px 10px;
    font: inherit;
    font-weight: 400;
    font-size: 1rem;
    color: var(--ink);
    background: var(--paper);
    border: 1px solid var(--line-strong);
    border-radius: 8px;
  }
  .hint {
    margin: 4px 0 0;
    font-size: 0.8125rem;
    color: var(--ink-soft);
  }
  summary {
    display: flex;
    gap: 8px;
    padding: 4px 0;
    font-size: 0.8125rem;
    font-weight: 600;
    color: var(--ink-soft);
    cursor: pointer;
    list-style: none;
  }
  summary::before {
    content: "▸";
  }
  details[open] summary::before {
    content: "▾";
  }
  .digest {
    font-weight: 400;
  }
  details[open] .digest {
    visibility: hidden;
  }
  details[open] summary {
    margin-bottom: 8px;
  }
`;
