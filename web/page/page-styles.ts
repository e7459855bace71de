// How the page looks; colours and type come from page.css.
import { css } from "lit";

export const pageStyles = css`
  :host {
    display: block;
    max-width: 1440px;
    margin: 0 auto;
    padding: 0 16px 32px;
  }
  .masthead {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 4px 16px;
    padding: 20px 0 16px;
  }
  h1 {
    margin: 0;
    font: 600 1.75rem/1.2 var(--serif);
    color: var(--accent);
  }
  .tagline {
    flex: 1 1 20rem;
    margin: 0;
    color: var(--ink-soft);
  }
  main {
    display: grid;
    gap: 20px;
  }
  @media (min-width: 900px) {
    main {
      grid-template-columns: 340px minmax(0, 1fr);
      align-items: start;
    }
    .panel {
      position: sticky;
      top: 16px;
      max-height: calc(100vh - 32px);
      overflow-y: auto;
    }
  }
  .panel {
    display: grid;
    gap: 16px;
  }
  form,
  model-panel {
    padding: 16px;
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: 12px;
    box-shadow: var(--shadow);
  }
  form {
    display: grid;
    gap: 16px;
  }
  :host([dropping]) main {
    outline: 3px dashed var(--accent);
    outline-offset: 8px;
    border-radius: 12px;
  }
  textarea {
    min-height: 6.5rem;
    font: 1.0625rem/1.5 var(--serif);
    resize: vertical;
  }
  .examples {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .examples button {
    padding: 4px 10px;
    min-height: 32px;
    font-size: 0.8125rem;
    border-color: var(--line);
    border-radius: 16px;
    background: var(--paper);
  }
  fieldset {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 12px;
    margin: 0;
    padding: 0;
    border: 0;
  }
  .primary {
    width: 100%;
    min-height: 48px;
    font-weight: 600;
    color: var(--accent-ink);
    background: var(--accent);
    border-color: var(--accent);
  }
  .primary:hover {
    color: var(--accent-ink);
    filter: brightness(1.12);
  }
  .primary.stop {
    color: var(--accent);
    background: var(--surface);
  }
  .results {
    display: grid;
    gap: 16px;
    min-width: 0;
  }
  input[aria-invalid] {
    border: 2px solid var(--danger);
  }
  .status {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 16px;
    margin: 0;
    color: var(--ink-soft);
  }
  progress {
    flex: 1 1 12rem;
    height: 10px;
    accent-color: var(--accent);
  }
  .bytes {
    font-variant-numeric: tabular-nums;
  }
  .needs {
    flex-basis: 100%;
    font-size: 0.875rem;
  }
  .notice {
    flex-basis: 100%;
    margin: 0;
    font-size: 0.875rem;
  }
  .grid {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr));
    gap: 16px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .grid li {
    display: grid;
  }
  .empty {
    margin: 0;
    padding: 48px 16px;
    text-align: center;
    color: var(--ink-soft);
    border: 1px dashed var(--line-strong);
    border-radius: 12px;
  }
  .failure {
    padding: 12px 16px;
    background: var(--danger-soft);
    border: 1px solid var(--danger);
    border-radius: 12px;
  }
  .failure h2 {
    margin: 0 0 4px;
    font-size: 1rem;
    color: var(--danger);
  }
  .failure p {
    margin: 0 0 8px;
    overflow-wrap: anywhere;
  }
  .failure .detail {
    color: var(--ink-soft);
    font-size: 0.875rem;
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 28px;
    margin: 0;
    padding-top: 12px;
    border-top: 1px solid var(--line);
    font-size: 0.8125rem;
  }
  .facts dt {
    color: var(--ink-soft);
  }
  .facts dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  .language {
    display: flex;
    align-items: center;
    gap: 4px;
  }
  .language button {
    min-height: 32px;
    padding: 2px 10px;
    font-size: 0.875rem;
    border-color: transparent;
  }
  .language button[aria-pressed="true"] {
    font-weight: 600;
    border-color: var(--line-strong);
  }
`;
