// The whole page: the prompt and its settings, the variants, what the model is and how fast it is.
import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, state } from "lit/decorators.js";
import { isAbort } from "../api/errors";
import {
  type LoadProgress,
  loadModel,
  type Model,
  type ModelAddress,
  type ModuleVariant,
  type Run,
  type RunStats,
  VariorumError,
  type WeightScheme,
} from "../index";
import { type DeviceOffer, deviceOffer } from "../model/memory";
import { parseHubName } from "../model/sources/address";
import { droppedFiles } from "./dropped-files";
import { examples } from "./examples";
import { fileSize, seconds, whole } from "./format";
import { initialLanguage, type Language, messages, rememberLanguage } from "./i18n";
import { renderProgress } from "./load-progress";
import "./model-panel";
import { pageStyles } from "./page-styles";
import { defaultSettings, findInvalid, ranges, type Settings, toOptions } from "./settings";
import { controls, fields } from "./styles";
import "./variant-card";
import type { CardState } from "./variant-card";

/** What went wrong: a code to name it in the visitor's language, and the engine's own sentence. */
interface Failure {
  code: VariorumError["code"] | null;
  detail: string;
}

/** The model that the page's address asks for: ?model=URL or hf:owner/name, with ?endpoint= for another hub than the usual one. */
function modelOfAddress(): { address: ModelAddress; name: string } {
  const query = new URLSearchParams(location.search);
  const model = query.get("model") ?? "models/demo/";
  const endpoint = query.get("endpoint");
  const repository = parseHubName(model);
  if (repository) return { address: { ...repository, ...(endpoint ? { endpoint } : {}) }, name: repository.hub };
  return { address: model, name: model.split("/").filter(Boolean).at(-1) ?? model };
}

@customElement("variorum-page")
export class VariorumPage extends LitElement {
  static override styles = [controls, fields, pageStyles];

  @state() private language: Language = initialLanguage();
  @state() private model: Model | null = null;
  @state() private progress: LoadProgress | null = null;
  @state() private offer: DeviceOffer | null = null;
  @state() private failure: Failure | null = null;
  @state() private promptText = examples[this.language][0]!;
  @state() private settings: Settings = { ...defaultSettings };
  @state() private invalid: keyof Settings | null = null;
  @state() private run: Run | null = null;
  @state() private waiting = false; // for the model, to start the run that was asked for
  @state() private cards: CardState[] = [];
  @state() private summary: { stats: RunStats; seed: number } | null = null;
  @state() private status = "";
  @state() private fromCache = false;
  /** What is loaded, or is to be. */
  #choice: { address: ModelAddress; name: string } = modelOfAddress();
  /** Stops the load that is under way. */
  #loading: AbortController | null = null;
  @state() private stopped = false;
  /** Counts loads, after which other models may be kept. */
  @state() private loads = 0;
  /** Where there is room, the settings stand open. */
  private readonly wide = matchMedia("(min-width: 900px)").matches;
  /** The prompt that the cards go on from. */
  private writtenFrom = "";
  @state() private revision = 0;

  get #messages() {
    return messages[this.language];
  }

  override connectedCallback() {
    super.connectedCallback();
    for (const type of ["dragover", "dragleave", "drop"] as const) this.addEventListener(type, this.#onDrag);
    void deviceOffer().then((offer) => (this.offer = offer));
    void this.#load();
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.#loading?.abort();
    this.model?.dispose();
  }

  override willUpdate(changed: PropertyValues) {
    if (!changed.has("language")) return;
    document.documentElement.lang = this.#messages.htmlLang;
    document.title = this.#messages.title;
  }

  async #load() {
    const query = new URLSearchParams(location.search);
    const threads = query.get("threads");
    const loading = new AbortController();
    this.#loading?.abort();
    this.#loading = loading;
    this.failure = null;
    this.stopped = false;
    this.progress = { loaded: 0, total: null, cached: 0, rate: null, secondsLeft: null, notice: null };
    try {
      const model = await loadModel(this.#choice.address, {
        module: (query.get("module") ?? undefined) as ModuleVariant | undefined,
        weights: (query.get("weights") ?? undefined) as WeightScheme | undefined,
        threads: threads === null ? undefined : Number(threads),
        signal: loading.signal,
        onProgress: (progress) => {
          this.progress = progress;
          this.fromCache = progress.cached > 0 && progress.cached === progress.loaded;
        },
      });
      if (this.#loading !== loading) return model.dispose(); // another model was chosen meanwhile
      this.model = model;
      // A notice that came with the load, such as a full storage, stays on the screen.
      const { notice } = this.progress;
      this.status = notice ? this.#messages.notices[notice] : this.#messages.ready;
    } catch (error) {
      if (this.#loading !== loading) return;
      this.waiting = false;
      this.stopped = isAbort(error);
      this.#fail(error);
    }
    this.progress = null;
    this.#loading = null;
    this.loads++;
    if (this.waiting && this.model) void this.#generate();
  }

  /** Loads another model in place of the one that is there. */
  #choose(address: ModelAddress, name: string) {
    this.model?.dispose();
    this.model = null;
    this.#choice = { address, name };
    void this.#load();
  }

  #onDrag(event: DragEvent) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // what is dropped is then not opened in place of the page
    this.toggleAttribute("dropping", event.type === "dragover");
    if (event.type !== "drop") return;
    void droppedFiles(event.dataTransfer).then((files) => {
      if (files.length > 0) this.#choose({ files }, files[0]!.name);
    });
  }

  async #generate() {
    this.failure = null;
    const t = this.#messages;
    if (this.promptText === "") return this.#fail(new VariorumError("bad-option", t.emptyPrompt));
    this.invalid = findInvalid(this.settings);
    if (this.invalid) {
      return this.#fail(new VariorumError("bad-option", t.invalidSetting(t[this.invalid], this.settings[this.invalid], ranges[this.invalid])));
    }
    const options = toOptions(this.settings);
    const variants = options.numReturnSequences!;
    if (!this.model) {
      this.waiting = true;
      if (!this.progress) void this.#load();
      return;
    }
    this.waiting = false;
    this.summary = null;
    this.status = t.writing(variants);
    const run = this.model.generate(this.promptText, options);
    this.run = run;
    let begun = false;
    try {
      for await (const event of run) {
        if (!begun) {
          // Old variants stay on the screen until there is something better.
          begun = true;
          performance.mark("variorum-first-token");
          this.writtenFrom = this.promptText;
          if (!this.wide) this.renderRoot.querySelector(".results")!.scrollIntoView({ block: "start", behavior: "smooth" });
          this.cards = Array.from({ length: variants }, () => ({ text: "", tokens: 0, logprob: 0, finishReason: null }));
        }
        const card = this.cards[event.variant]!;
        if (event.type === "token") {
          card.text += event.text;
          card.tokens += 1;
          card.logprob += event.logprob;
        } else if (event.type === "revise") {
          card.text = event.text;
        } else {
          card.finishReason = event.finishReason;
        }
        this.#paint();
      }
      const result = await run.result();
      result.forEach((variant, i) => (this.cards[i]!.text = variant.text ?? ""));
      const { stats, seed } = await run.summary();
      this.summary = { stats, seed };
      this.status = result.some((variant) => variant.finishReason === "cancelled") ? this.#messages.stopped : this.#messages.finished(variants, stats.tokens);
    } catch (error) {
      this.status = "";
      // A model that was disposed of has made room for another one.
      if (!(error instanceof VariorumError && error.code === "disposed")) this.#fail(error);
    } finally {
      this.run = null;
      this.revision++;
    }
  }

  /** Shows what the cards hold, once a frame: tokens may come faster than the screen. */
  #paint() {
    if (this.#painting) return;
    this.#painting = true;
    requestAnimationFrame(() => {
      this.#painting = false;
      this.revision++;
    });
  }
  #painting = false;

  #fail(error: unknown) {
    if (isAbort(error)) return;
    this.failure =
      error instanceof VariorumError
        ? { code: error.code, detail: error.message }
        : { code: null, detail: error instanceof Error ? error.message : String(error) };
    // On a phone it may stand below what the visitor sees.
    void this.updateComplete.then(() => this.renderRoot.querySelector(".failure")?.scrollIntoView({ block: "nearest" }));
  }

  #toggle() {
    if (this.run) this.run.cancel();
    else if (this.waiting) this.waiting = false;
    else void this.#generate();
  }

  #onKeydown(event: KeyboardEvent) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !this.run) {
      event.preventDefault();
      void this.#generate();
    }
  }

  #setLanguage(language: Language) {
    // An example that stands there untouched speaks the new language too.
    const example = examples[this.language].indexOf(this.promptText);
    if (example >= 0) this.promptText = examples[language][example]!;
    this.language = language;
    rememberLanguage(language);
    this.status = this.run || !this.model ? this.status : this.#messages.ready;
  }

  override render() {
    const t = this.#messages;
    return html`
      <header class="masthead">
        <h1>Variorum</h1>
        <p class="tagline">${t.tagline}</p>
        <div class="language" role="group" aria-label=${t.language}>
          ${(
            [
              ["en", "English"],
              ["zh", "中文"],
            ] as const
          ).map(
            ([code, name]) =>
              html`<button type="button" lang=${code} aria-pressed=${this.language === code} @click=${() => this.#setLanguage(code)}>${name}</button>`,
          )}
        </div>
      </header>
      <main>
        <div class="panel">
        <form novalidate @submit=${this.#onSubmit} @keydown=${this.#onKeydown}>
          <div>
            <label>${t.prompt}
              <textarea name="prompt" rows="4" aria-describedby="prompt-hint" .value=${this.promptText} @input=${(e: InputEvent) => (this.promptText = (e.target as HTMLTextAreaElement).value)}></textarea>
            </label>
            <p class="hint" id="prompt-hint">${t.promptHint}</p>
          </div>
          <ul class="examples" aria-label=${t.examples}>
            ${examples[this.language].map((example) => html`<li><button type="button" @click=${() => (this.promptText = example)}>${example}</button></li>`)}
          </ul>
          <details ?open=${this.wide}>
            <summary>${t.settings}<span class="digest">${t.settingsDigest(this.settings.variants, this.settings.length)}</span></summary>
            <fieldset>
              <legend class="visually-hidden">${t.settings}</legend>
              ${(Object.keys(ranges) as (keyof Settings)[]).map((key) => this.#renderSetting(key))}
            </fieldset>
          </details>
          <button type="submit" class="primary ${this.run || this.waiting ? "stop" : ""}">${this.run || this.waiting ? t.stop : t.generate}</button>
        </form>
        <model-panel .language=${this.language} .revision=${this.loads} @choose-model=${(e: CustomEvent<{ address: ModelAddress; name: string }>) => this.#choose(e.detail.address, e.detail.name)}></model-panel>
        </div>
        <section class="results" aria-label=${t.results}>
          ${this.#renderFailure()}
          ${
            this.progress
              ? renderProgress(t, this.#choice.name, this.progress, this.offer, this.waiting, () => this.#loading?.abort())
              : html`<p class="status" role="status">${this.stopped ? t.loadingStopped : this.status}</p>`
          }
          ${this.stopped ? html`<div><button type="button" @click=${() => void this.#load()}>${t.goOn}</button></div>` : nothing}
          ${
            this.cards.length === 0
              ? html`<p class="empty">${t.empty}</p>`
              : html`<ul class="grid" @stop-variant=${(e: CustomEvent<number>) => this.run?.cancel(e.detail)}>
                ${this.cards.map(
                  (card, i) =>
                    html`<li><variant-card .index=${i} .prompt=${this.writtenFrom} .language=${this.language} .card=${card} .revision=${this.revision} ?running=${this.run !== null && card.finishReason === null}></variant-card></li>`,
                )}
              </ul>`
          }
          ${this.#renderFacts()}
        </section>
      </main>
    `;
  }

  #onSubmit(event: SubmitEvent) {
    event.preventDefault();
    this.#toggle();
  }

  #renderSetting(key: keyof Settings) {
    const t = this.#messages;
    const { least, most, step } = ranges[key];
    return html`<label>${t[key]}
      <input type="number" inputmode="decimal" name=${key} min=${least} max=${most ?? nothing} step=${step} placeholder=${key === "seed" ? t.seedRandom : nothing} .value=${this.settings[key]}
        aria-invalid=${this.invalid === key ? "true" : nothing}
        @input=${(e: InputEvent) => (this.settings = { ...this.settings, [key]: (e.target as HTMLInputElement).value })} />
    </label>`;
  }

  #renderFailure() {
    const { failure } = this;
    if (!failure) return nothing;
    const t = this.#messages;
    return html`<div class="failure" role="alert">
      <h2>${failure.code ? t.errors[failure.code] : t.errorTitle}</h2>
      <p class="detail">${failure.detail}</p>
      ${this.model || this.progress ? nothing : html`<button type="button" @click=${() => void this.#load()}>${t.tryAgain}</button>`}
    </div>`;
  }

  #renderFacts() {
    const info = this.model?.info;
    if (!info) return nothing;
    const t = this.#messages;
    const language = t.htmlLang;
    const { summary } = this;
    const rate = summary && summary.stats.decodeMs > 0 ? summary.stats.tokens / (summary.stats.decodeMs / 1000) : null;
    const facts: [string, unknown][] = [
      [t.factModel, `${info.name}: ${t.parameters((info.parameters / 1e6).toFixed(1))}`],
      [t.factWeights, `${info.weights}, ${fileSize(info.bytes, language)}`],
      [t.factLoaded, `${seconds(info.loadMs, language)}${this.fromCache ? ` (${t.fromCache})` : ""}`],
      [t.factEngine, html`<span title=${globalThis.crossOriginIsolated ? nothing : t.notIsolated}>${t.threads(info.threads)}, ${t.module[info.module]}</span>`],
      ...(rate === null ? [] : [[t.factSpeed, t.perSecond(whole(rate, language))] as [string, unknown]]),
      ...(summary ? [[t.factSeed, String(summary.seed)] as [string, unknown]] : []),
    ];
    return html`<dl class="facts" aria-label=${t.facts}>${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "variorum-page": VariorumPage;
  }
}
