// Which model writes: those that this browser keeps, a repository of the hub, or files of the visitor's. It announces a choice
// by the event "choose-model"; the page loads.
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { deleteModel, type HubAddress, listModels, type ModelAddress, type StoredModel } from "../index";
import { fileSize } from "./format";
import { type Language, messages } from "./i18n";
import { controls, fields } from "./styles";

const tokenKey = "variorum-hub-token";

@customElement("model-panel")
export class ModelPanel extends LitElement {
  static override styles = [
    controls,
    fields,
    css`
      :host {
        display: block;
      }
      section {
        display: grid;
        gap: 8px;
        padding: 8px 0 12px;
      }
      h3 {
        margin: 0;
        font-size: 0.8125rem;
        color: var(--ink-soft);
      }
      ul {
        display: grid;
        gap: 6px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
        font-size: 0.875rem;
      }
      .name {
        flex: 1 1 4rem;
        overflow-wrap: anywhere;
      }
      .bytes {
        color: var(--ink-soft);
        font-variant-numeric: tabular-nums;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .row input {
        flex: 1 1 10rem;
        width: auto;
      }
      li button,
      .row button {
        font-size: 0.875rem;
      }
      li button {
        padding: 4px 8px;
      }
      .check {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .check input {
        width: auto;
        min-height: 0;
      }
      .more:not([hidden]) {
        display: grid;
        gap: 8px;
      }
      .disclosure {
        justify-self: start;
        padding: 4px 0;
        font-size: 0.8125rem;
        font-weight: 600;
        color: var(--ink-soft);
        border: 0;
      }
    `,
  ];

  @property() language: Language = "en";
  /** Changes when what is kept may have changed. */
  @property({ type: Number }) revision = 0;
  @state() private models: StoredModel[] = [];
  @state() private estimate: StorageEstimate | null = null;
  @state() private problem = "";
  @state() private open = false;
  @state() private more = false;

  override willUpdate(changed: Map<string, unknown>) {
    if (changed.has("revision")) void this.#refresh();
  }

  async #refresh() {
    this.models = await listModels().catch(() => []);
    this.estimate = (await navigator.storage?.estimate().catch(() => null)) ?? null;
  }

  #choose(address: ModelAddress, name: string) {
    this.problem = "";
    this.dispatchEvent(new CustomEvent("choose-model", { detail: { address, name }, bubbles: true, composed: true }));
  }

  async #delete({ id }: StoredModel) {
    try {
      await deleteModel(id);
      this.problem = "";
    } catch (error) {
      this.problem = (error as Error).message;
    }
    await this.#refresh();
  }

  #submitHub(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const address: HubAddress = { hub: text("hub") };
    for (const name of ["revision", "endpoint", "token"] as const) if (text(name) !== "") address[name] = text(name);
    rememberToken(form.has("remember") ? (address.token ?? "") : "");
    this.#choose(address, address.hub);
  }

  #chooseFiles(event: Event) {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = "";
    if (files.length > 0) this.#choose({ files }, files[0]!.webkitRelativePath.split("/")[0] || files[0]!.name);
  }

  #pick(id: string) {
    this.renderRoot.querySelector<HTMLInputElement>(id)!.click();
  }

  override render() {
    const t = messages[this.language];
    return html`${this.#disclosure("open", t.models)}${this.open ? this.#renderChoices() : nothing}`;
  }

  /** A heading that shows and hides what follows it. */
  #disclosure(which: "open" | "more", label: string) {
    return html`<button type="button" class="disclosure" aria-expanded=${this[which]} @click=${() => (this[which] = !this[which])}>
      <span aria-hidden="true">${this[which] ? "▾" : "▸"}</span> ${label}
    </button>`;
  }

  #renderChoices() {
    const t = messages[this.language];
    const size = (bytes: number) => fileSize(bytes, t.htmlLang);
    const { usage, quota } = this.estimate ?? {};
    return html`
      <section aria-label=${t.keptModels}>
        <h3>${t.keptModels}</h3>
        ${this.models.length === 0 ? html`<p class="hint">${t.noKeptModels}</p>` : nothing}
        <ul>
          ${this.models.map(
            (model) => html`<li>
            <span class="name">${model.name}</span>
            <span class="bytes">${t.modelBytes(size(model.bytes), model.complete || model.total === null ? null : size(model.total))}</span>
            ${model.complete ? html`<button type="button" aria-label=${t.loadModel(model.name)} @click=${() => this.#choose({ cached: model.id }, model.name)}>${t.load}</button>` : nothing}
            <button type="button" aria-label=${t.removeModel(model.name)} @click=${() => void this.#delete(model)}>${t.remove}</button>
          </li>`,
          )}
        </ul>
        ${usage !== undefined && quota !== undefined ? html`<p class="hint">${t.storage(size(usage), size(quota))}</p>` : nothing}
        ${this.problem ? html`<p class="hint" role="alert">${this.problem}</p>` : nothing}
      </section>
      <form @submit=${this.#submitHub}>
        <section aria-label=${t.hub}>
          <h3>${t.hub}</h3>
          <div class="row">
            <input name="hub" required aria-label=${t.hub} aria-describedby="hub-hint" placeholder="openai-community/gpt2" autocomplete="off" autocapitalize="off" spellcheck="false" />
            <button type="submit">${t.load}</button>
          </div>
          <p class="hint" id="hub-hint">${t.hubHint}</p>
          ${this.#disclosure("more", t.hubMore)}
          <div class="more" ?hidden=${!this.more}>
            <label>${t.revision}<input name="revision" placeholder="main" autocomplete="off" /></label>
            <label>${t.endpoint}<input name="endpoint" type="url" placeholder="https://huggingface.co" /></label>
            <label>${t.token}<input name="token" type="password" autocomplete="off" .value=${keptToken()} /></label>
            <label class="check"><input name="remember" type="checkbox" ?checked=${keptToken() !== ""} />${t.rememberToken}</label>
          </div>
        </section>
      </form>
      <section aria-label=${t.local}>
        <h3>${t.local}</h3>
        <div class="row">
          <button type="button" @click=${() => this.#pick("#folder")}>${t.chooseFolder}</button>
          <button type="button" @click=${() => this.#pick("#files")}>${t.chooseFiles}</button>
        </div>
        <input id="folder" type="file" webkitdirectory hidden @change=${this.#chooseFiles} />
        <input id="files" type="file" multiple hidden @change=${this.#chooseFiles} />
        <p class="hint">${t.localHint}</p>
      </section>`;
  }
}

function keptToken(): string {
  try {
    return localStorage.getItem(tokenKey) ?? "";
  } catch {
    return ""; // storage may be forbidden
  }
}

/** Only what the visitor asked for is kept; "" forgets. */
function rememberToken(token: string): void {
  try {
    if (token === "") localStorage.removeItem(tokenKey);
    else localStorage.setItem(tokenKey, token);
  } catch {
    // then it is asked for again next time
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "model-panel": ModelPanel;
  }
}
