// One variant: its text as it grows, how it ended, and what can be done with it.
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { FinishReason } from "../api/types";
import { type Language, messages } from "./i18n";
import { controls } from "./styles";

export interface CardState {
  text: string;
  tokens: number;
  /** Sum of log-probabilities. */
  logprob: number;
  finishReason: FinishReason | null;
}

/** @fires stop-variant when the visitor stops this variant */
@customElement("variant-card")
export class VariantCard extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 11rem;
        background: var(--surface);
        border: 1px solid var(--line);
        border-radius: 12px;
        box-shadow: var(--shadow);
        overflow: hidden;
      }
      header,
      footer {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 8px 8px 8px 16px;
      }
      header {
        justify-content: space-between;
        min-height: 52px;
      }
      h2 {
        margin: 0;
        font-size: 0.875rem;
        font-weight: 600;
        color: var(--ink-soft);
      }
      h2 .dot {
        display: inline-block;
        width: 8px;
        height: 8px;
        margin-inline-end: 6px;
        border-radius: 50%;
        background: var(--line-strong);
      }
      :host([running]) .dot {
        background: var(--accent);
        animation: pulse 1s ease-in-out infinite alternate;
      }
      @keyframes pulse {
        to {
          opacity: 0.3;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        :host([running]) .dot {
          animation: none;
        }
      }
      p {
        flex: 1;
        margin: 0;
        padding: 0 16px;
        font: 1.0625rem/1.6 var(--serif);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .prompt {
        color: var(--ink-soft);
      }
      .caret {
        display: inline-block;
        width: 2px;
        height: 1.1em;
        margin-inline-start: 1px;
        vertical-align: text-bottom;
        background: var(--accent);
      }
      footer {
        flex-wrap: wrap;
        padding-block: 10px 12px;
        font-size: 0.8125rem;
        color: var(--ink-soft);
      }
      footer span + span::before {
        content: "·";
        margin-inline-end: 8px;
      }
      button {
        font-size: 0.8125rem;
        border-color: transparent;
      }
    `,
  ];

  @property({ type: Number }) index = 0;
  @property() prompt = "";
  @property() language: Language = "en";
  @property({ attribute: false }) card: CardState = { text: "", tokens: 0, logprob: 0, finishReason: null };
  /** Changes with every update, because `card` is filled in place. */
  @property({ type: Number }) revision = 0;
  @property({ type: Boolean, reflect: true }) running = false;
  @state() private copyNote = "";

  override render() {
    const t = messages[this.language];
    const { text, tokens, logprob, finishReason } = this.card;
    const number = this.index + 1;
    return html`
      <header>
        <h2><span class="dot"></span>${t.variant(number)}</h2>
        ${
          this.running
            ? html`<button type="button" aria-label=${t.stopOne(number)} @click=${this.#stop}>${t.stop}</button>`
            : html`<button type="button" aria-label=${t.copyLabel(number)} ?disabled=${text === ""} @click=${this.#copy}>${this.copyNote || t.copy}</button>`
        }
      </header>
      <p aria-busy=${this.running}><span class="prompt">${this.prompt}</span><span class="text">${text}</span>${this.running ? html`<span class="caret"></span>` : nothing}</p>
      <footer>
        <span>${t.tokens(tokens)}</span>
        ${tokens > 0 ? html`<span title=${t.confidenceTitle}>${t.confidence(Math.round(100 * Math.exp(logprob / tokens)))}</span>` : nothing}
        ${finishReason ? html`<span class="finish">${t.finish[finishReason]}</span>` : nothing}
      </footer>
      <span class="visually-hidden" role="status">${this.copyNote}</span>
    `;
  }

  #stop() {
    this.dispatchEvent(new CustomEvent<number>("stop-variant", { detail: this.index, bubbles: true, composed: true }));
  }

  async #copy() {
    const t = messages[this.language];
    try {
      await navigator.clipboard.writeText(this.prompt + this.card.text);
      this.copyNote = t.copied;
    } catch {
      this.copyNote = t.copyFailed;
    }
    setTimeout(() => (this.copyNote = ""), 2000);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "variant-card": VariantCard;
  }
}
