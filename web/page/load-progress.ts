// How far the model is: bytes, rate, time left, what is in the way, and a button that stops it.
import { html, nothing, type TemplateResult } from "lit";
import type { LoadProgress } from "../types";
import { fileSize } from "./format";
import type { Messages } from "./i18n";

export function renderProgress(t: Messages, name: string, { loaded, total, rate, secondsLeft, notice, memory }: LoadProgress, waiting: boolean, cancel: () => void): TemplateResult {
  const size = (bytes: number) => fileSize(bytes, t.htmlLang);
  const { deviceMemory } = navigator as { deviceMemory?: number }; // in GB; Chromium alone says it, and never more than 8 or 32
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
    ${memory === undefined ? nothing : html`<span class="needs">${t.memoryNeeded(size(memory), deviceMemory === undefined ? null : `${deviceMemory} GB`)}</span>`}
    <button type="button" class="cancel" @click=${cancel}>${t.cancelLoading}</button>
    ${notice ? html`<p class="notice" role="status">${t.notices[notice]}</p>` : nothing}
    ${waiting ? html`<span role="status">${t.waitingForModel}</span>` : nothing}
  </div>`;
}
