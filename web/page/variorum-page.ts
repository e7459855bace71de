// The whole page: the prompt and its settings, the variants, what the model is and how fast it is.
import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, state } from "lit/decorators.js";
import { loadModel, VariorumError, type LoadProgress, type Model, type ModuleVariant, type Run, type RunStats, type WeightScheme } from "../index";
import { isAbort } from "../errors";
import { megabytes, seconds, whole } from "./format";
import { initialLanguage, messages, rememberLanguage, type Language } from "./i18n";
import { defaultSettings, findInvalid, ranges, toOptions, type Settings } from "./settings";
import { pageStyles } from "./page-styles";
import { controls } from "./styles";
import "./variant-card";
import type { CardState } from "./variant-card";

const examples = ["A fast web server that", "Notely: a note-taking app", "With this tool you can", "The game is"];

/** What went wrong: a code to name it in the visitor's language, and the engine's own sentence. */
interface Failure {
  code: VariorumError["code"] | null;
  detail: string;
}

@customElement("variorum-page")
export class VariorumPage extends LitElement {
  static override styles = [controls, pageStyles];

  @state() private language: Language = initialLanguage();
  @state() private model: Model | null = null;
  @state() private progress: LoadProgress | null = null;
  @state() private failure: Failure | null = null;
  @state() private promptText = examples[0]!;
  @state() private settings: Settings = { ...defaultSettings };
  @state() private invalid: keyof Settings | null = null;
  @state() private run: Run | null = null;
  @state() private waiting = false; // for the model, to start the run that was asked for
  @state() private cards: CardState[] = [];
  @state() private summary: { stats: RunStats; seed: number } | null = null;
  @state() private status = "";
  @state() private fromCache = false;
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
    void this.#load();
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
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
    this.failure = null;
    this.progress = { loaded: 0, total: null, cached: 0, rate: null, secondsLeft: null, notice: null };
    try {
      this.model = await loadModel(this.#modelUrl(), {
        module: (query.get("module") ?? undefined) as ModuleVariant | undefined,
        weights: (query.get("weights") ?? undefined) as WeightScheme | undefined,
        threads: threads === null ? undefined : Number(threads),
        onProgress: (progress) => {
          this.progress = progress;
          this.fromCache = progress.cached > 0 && progress.cached === progress.loaded;
        },
      });
      this.status = this.#messages.ready;
    } catch (error) {
      this.waiting = false;
      this.#fail(error);
    } finally {
      this.progress = null;
    }
    if (this.waiting && this.model) void this.#generate();
  }

  #modelUrl(): string {
    return new URLSearchParams(location.search).get("model") ?? "models/demo/";
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
      this.#fail(error);
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
    this.failure = error instanceof VariorumError
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
          ${([["en", "English"], ["zh", "中文"]] as const).map(
            ([code, name]) => html`<button type="button" lang=${code} aria-pressed=${this.language === code} @click=${() => this.#setLanguage(code)}>${name}</button>`,
          )}
        </div>
      </header>
      <main>
        <form class="panel" novalidate @submit=${this.#onSubmit} @keydown=${this.#onKeydown}>
          <div>
            <label>${t.prompt}
              <textarea name="prompt" rows="4" aria-describedby="prompt-hint" .value=${this.promptText} @input=${(e: InputEvent) => (this.promptText = (e.target as HTMLTextAreaElement).value)}></textarea>
            </label>
            <p class="hint" id="prompt-hint">${t.promptHint}</p>
          </div>
          <ul class="examples" aria-label=${t.examples}>
            ${examples.map((example) => html`<li><button type="button" @click=${() => (this.promptText = example)}>${example}</button></li>`)}
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
        <section class="results" aria-label=${t.results}>
          ${this.#renderFailure()}
          ${this.progress ? this.#renderProgress(this.progress) : html`<p class="status" role="status">${this.status}</p>`}
          ${this.cards.length === 0
            ? html`<p class="empty">${t.empty}</p>`
            : html`<ul class="grid" @stop-variant=${(e: CustomEvent<number>) => this.run?.cancel(e.detail)}>
                ${this.cards.map(
                  (card, i) => html`<li><variant-card .index=${i} .prompt=${this.writtenFrom} .language=${this.language} .card=${card} .revision=${this.revision} ?running=${this.run !== null && card.finishReason === null}></variant-card></li>`,
                )}
              </ul>`}
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

  #renderProgress({ loaded, total }: LoadProgress) {
    const t = this.#messages;
    const bytes = t.loadingBytes(megabytes(loaded, t.htmlLang), total === null ? null : megabytes(total, t.htmlLang));
    const label = t.loading(new URL(this.#modelUrl(), location.href).pathname.split("/").filter(Boolean).at(-1) ?? "");
    return html`<div class="status">
      <span>${label}</span>
      <progress aria-label=${label} max=${total ?? nothing} value=${total === null ? nothing : loaded}></progress>
      <span class="bytes">${bytes}</span>
      ${this.waiting ? html`<span role="status">${t.waitingForModel}</span>` : nothing}
    </div>`;
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
      [t.factWeights, `${info.weights}, ${megabytes(info.bytes, language)}`],
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
