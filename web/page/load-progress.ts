// How far the model is: bytes, rate, time left, what is in the way, and a button that stops it.
import { html, nothing, type TemplateResult } from "lit";
import type { LoadProgress } from "../api/types";
import { type DeviceOffer, fits } from "../model/memory";
import { fileSize } from "./format";
import type { Messages } from "./i18n";

/**
 * `offer`: null until the browser has said what it is. The warning is about memory alone: of storage that is full the loader itself
 * gives notice, and a model that is kept already needs none.
 */
export function renderProgress(
  t: Messages,
  name: string,
  { loaded, total, rate, secondsLeft, notice, memory }: LoadProgress,
  offer: DeviceOffer | null,
  waiting: boolean,
  cancel: () => void,
): TemplateResult {
  const size = (bytes: number) => fileSize(bytes, t.htmlLang);
  const label = t.loading(name);
  const figures = [
    t.loadingBytes(size(loaded), total === null ? null : size(total)),
    ...(rate === null || loaded === total ? [] : [t.perSecondBytes(size(rate))]),
    ...(secondsLeft === null || secondsLeft < 1 ? [] : [t.timeLeft(secondsLeft)]),
  ];
  return html`<div class="status">
    <span>${label}</span>
    <progress aria-label=${label} max=${total ?? nothing} value=${total === null ? nothing : loaded}></progress>
    <span class="bytes">${figures.join(" · ")}</span>
    ${memory === undefined ? nothing : html`<span class="needs">${needs(t, size, memory, offer)}</span>`}
    ${memory !== undefined && offer && fits({ total: memory, download: 0 }, offer) === "tight" ? html`<p class="notice" role="status">${t.tight}</p>` : nothing}
    <button type="button" class="cancel" @click=${cancel}>${t.cancelLoading}</button>
    ${notice ? html`<p class="notice" role="status">${t.notices[notice]}</p>` : nothing}
    ${waiting ? html`<span role="status">${t.waitingForModel}</span>` : nothing}
  </div>`;
}

/** What the model takes and what there is, as far as the browser says. */
function needs(t: Messages, size: (bytes: number) => string, memory: number, offer: DeviceOffer | null): string {
  // Chromium alone says how much memory there is, and never more than 8 or 32 GB.
  const device = offer?.memory == null ? null : `${offer.memory / 2 ** 30} GB`;
  return t.memoryNeeded(size(memory), device, offer?.storage == null ? null : size(offer.storage));
}
