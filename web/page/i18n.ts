// The interface's words, in English and Chinese. Chinese is written, not translated word by word.
import type { ErrorCode } from "../api/errors";
import type { FinishReason, LoadNotice } from "../api/types";
import type { Range } from "./settings";

export type Language = "en" | "zh";

function rangeInEnglish({ least, above, most }: Range): string {
  if (above) return most === undefined ? `above ${least}` : `above ${least} and at most ${most}`;
  return most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
}

function rangeInChinese({ least, above, most }: Range): string {
  if (above) return most === undefined ? `大于 ${least} ` : `大于 ${least}、不超过 ${most} `;
  return most === undefined ? `不小于 ${least} ` : ` ${least} 到 ${most} `;
}

const en = {
  htmlLang: "en",
  title: "Variorum: one prompt, several variants, side by side",
  tagline: "One prompt, several variants, side by side. Written inside your browser; nothing you type leaves it.",
  language: "Language",
  prompt: "Prompt",
  promptHint: "The variants go on from here. Ctrl + Enter generates.",
  examples: "Try one of these",
  variants: "Variants",
  length: "Length (tokens)",
  temperature: "Temperature",
  topK: "Top-k",
  topP: "Top-p",
  seed: "Seed",
  seedRandom: "random",
  settings: "Settings",
  settingsDigest: (variants: string, length: string) => `${variants || "?"} variants, ${length || "?"} tokens`,
  generate: "Generate",
  stop: "Stop",
  loading: (name: string) => `Loading the model ${name}`,
  loadingBytes: (done: string, total: string | null) => (total === null ? done : `${done} of ${total}`),
  perSecondBytes: (megabytes: string) => `${megabytes}/s`,
  timeLeft: (seconds: number) => (seconds < 60 ? `${Math.ceil(seconds)} s left` : `${Math.ceil(seconds / 60)} min left`),
  memoryNeeded: (need: string, device: string | null, storage: string | null) =>
    `Needs ${need} of memory${device === null ? "" : `; this device has ${device} or more`}${storage === null ? "" : `; ${storage} of storage free`}`,
  tight: "This may be too much for this device: close other tabs, or load the model with weights of 4 bits.",
  cancelLoading: "Cancel",
  loadingStopped: "Loading was stopped. What has arrived is kept.",
  goOn: "Go on loading",
  notices: {
    retrying: "The connection broke off; trying again. What has arrived is kept.",
    "other-tab": "Another tab is loading this model; waiting for it.",
    "storage-full": "This browser's storage is full: the model works, but the next visit downloads it again.",
    "storage-failed": "This browser gives the page no storage: the model works, but the next visit downloads it again.",
  } satisfies Record<LoadNotice, string>,
  models: "Model",
  standardModel: "The demo model",
  keptModels: "Kept in this browser",
  noKeptModels: "Nothing is kept yet.",
  modelBytes: (bytes: string, total: string | null) => (total === null ? bytes : `${bytes} of ${total}`),
  load: "Load",
  loadModel: (name: string) => `Load ${name}`,
  remove: "Delete",
  removeModel: (name: string) => `Delete ${name}`,
  storage: (used: string, quota: string) => `${used} of the ${quota} that this browser allows are in use.`,
  hub: "From the Hugging Face hub",
  hubHint: "A GPT-2 repository, such as openai-community/gpt2. Its files go from the hub to this browser.",
  hubMore: "Revision, endpoint, token",
  revision: "Revision",
  endpoint: "Endpoint",
  token: "Token, for private repositories",
  rememberToken: "Remember the token in this browser",
  local: "From this device",
  localHint: "Choose a model's folder or its files, or drop them anywhere on this page. Nothing is uploaded.",
  chooseFolder: "Choose a folder",
  chooseFiles: "Choose files",
  waitingForModel: "Starts as soon as the model is here.",
  ready: "Ready.",
  writing: (n: number) => (n === 1 ? "Writing one variant…" : `Writing ${n} variants…`),
  finished: (n: number, tokens: number) => `${n === 1 ? "One variant" : `${n} variants`}, ${tokens} tokens.`,
  stopped: "Stopped.",
  variant: (i: number) => `Variant ${i}`,
  results: "Variants",
  empty: "The variants will stand here, side by side.",
  copy: "Copy",
  copied: "Copied",
  copyFailed: "Could not copy",
  copyLabel: (i: number) => `Copy variant ${i}`,
  stopOne: (i: number) => `Stop variant ${i}`,
  tokens: (n: number) => (n === 1 ? "1 token" : `${n} tokens`),
  confidence: (percent: number) => `confidence ${percent} %`,
  confidenceTitle: "Geometric mean of the probabilities that the model gave to its tokens",
  finish: { eos: "complete", length: "length reached", stop: "stop text", banned: "nothing left to say", cancelled: "stopped" } satisfies Record<
    FinishReason,
    string
  >,
  facts: "Model and speed",
  factModel: "Model",
  factWeights: "Weights",
  factLoaded: "Loaded in",
  factEngine: "Engine",
  factSpeed: "Speed",
  factSeed: "Seed used",
  fromCache: "from this browser's cache",
  parameters: (millions: string) => `GPT-2, ${millions}M parameters`,
  threads: (n: number) => (n === 1 ? "1 thread" : `${n} threads`),
  module: { simd: "SIMD", relaxed: "relaxed SIMD" },
  notIsolated: "This page is not cross-origin isolated, so one thread computes.",
  perSecond: (rate: string) => `${rate} tokens/s`,
  tryAgain: "Try again",
  errorTitle: "That did not work",
  errors: {
    "bad-config": "The model's description cannot be used.",
    "bad-shard": "The model's weights are damaged or incomplete, so they were not used.",
    "bad-option": "One of the settings cannot be used.",
    network: "A file could not be fetched.",
    quota: "This browser's storage is full.",
    "out-of-memory": "There was not enough memory.",
    unsupported: "This browser lacks something that the engine needs.",
    "context-full": "Prompt and length together are more than the model can hold.",
    "gpu-lost": "The graphics device was lost.",
    disposed: "The model was closed.",
  } satisfies Record<ErrorCode, string>,
  emptyPrompt: "Write a prompt first: the variants go on from it.",
  invalidSetting: (label: string, value: string, range: Range) =>
    `${label}: ${value ? `${value} cannot be used` : "a value is missing"}; it must be ${range.whole ? "a whole number" : "a number"} ${rangeInEnglish(range)}.`,
};

export type Messages = typeof en;

const zh: Messages = {
  htmlLang: "zh-CN",
  title: "Variorum：一句提示，多个版本，并排比较",
  tagline: "一句提示，多个版本，并排比较。全部在浏览器里写成，输入的内容不会离开本机。",
  language: "语言",
  prompt: "提示",
  promptHint: "各个版本都从这里接着写。按 Ctrl + Enter 开始。",
  examples: "试试这些",
  variants: "版本数",
  length: "长度（词元）",
  temperature: "温度",
  topK: "Top-k",
  topP: "Top-p",
  seed: "随机种子",
  seedRandom: "随机",
  settings: "设置",
  settingsDigest: (variants, length) => `${variants || "?"} 个版本，${length || "?"} 个词元`,
  generate: "生成",
  stop: "停止",
  loading: (name) => `正在载入模型 ${name}`,
  loadingBytes: (done, total) => (total === null ? done : `${done} / ${total}`),
  perSecondBytes: (megabytes) => `每秒 ${megabytes}`,
  timeLeft: (seconds) => (seconds < 60 ? `还需 ${Math.ceil(seconds)} 秒` : `还需 ${Math.ceil(seconds / 60)} 分钟`),
  memoryNeeded: (need, device, storage) =>
    `需要 ${need} 内存${device === null ? "" : `；此设备有 ${device} 或更多`}${storage === null ? "" : `；可用存储 ${storage}`}`,
  tight: "这对此设备可能过大：请关闭其他标签页，或改用 4 位权重的模型。",
  cancelLoading: "取消",
  loadingStopped: "已停止载入，收到的部分会保留。",
  goOn: "继续载入",
  notices: {
    retrying: "连接中断，正在重试。收到的部分会保留。",
    "other-tab": "另一个标签页正在载入这个模型，请稍候。",
    "storage-full": "浏览器的存储空间已满：模型可以使用，但下次访问需要重新下载。",
    "storage-failed": "浏览器没有给此页面存储空间：模型可以使用，但下次访问需要重新下载。",
  },
  models: "模型",
  standardModel: "演示模型",
  keptModels: "已存在此浏览器中",
  noKeptModels: "还没有保存的模型。",
  modelBytes: (bytes, total) => (total === null ? bytes : `${bytes} / ${total}`),
  load: "载入",
  loadModel: (name) => `载入 ${name}`,
  remove: "删除",
  removeModel: (name) => `删除 ${name}`,
  storage: (used, quota) => `此浏览器允许使用 ${quota}，已用 ${used}。`,
  hub: "来自 Hugging Face Hub",
  hubHint: "填写一个 GPT-2 仓库，例如 openai-community/gpt2。文件从 Hub 直接下载到此浏览器。",
  hubMore: "版本、站点、令牌",
  revision: "版本（分支、标签或提交）",
  endpoint: "站点地址",
  token: "私有仓库的令牌",
  rememberToken: "在此浏览器中记住令牌",
  local: "来自本机",
  localHint: "选择模型文件夹或其中的文件，也可以拖放到页面任意位置。不会上传任何内容。",
  chooseFolder: "选择文件夹",
  chooseFiles: "选择文件",
  waitingForModel: "模型一到就开始写。",
  ready: "准备好了。",
  writing: (n) => `正在写 ${n} 个版本……`,
  finished: (n, tokens) => `写完 ${n} 个版本，共 ${tokens} 个词元。`,
  stopped: "已停止。",
  variant: (i) => `版本 ${i}`,
  results: "各个版本",
  empty: "各个版本会并排显示在这里。",
  copy: "复制",
  copied: "已复制",
  copyFailed: "无法复制",
  copyLabel: (i) => `复制版本 ${i}`,
  stopOne: (i) => `停止版本 ${i}`,
  tokens: (n) => `${n} 个词元`,
  confidence: (percent) => `平均把握 ${percent} %`,
  confidenceTitle: "模型给每个词元的概率的几何平均",
  finish: { eos: "写完", length: "到达长度", stop: "遇到停止词", banned: "已无词可选", cancelled: "已停止" },
  facts: "模型与速度",
  factModel: "模型",
  factWeights: "权重",
  factLoaded: "载入用时",
  factEngine: "引擎",
  factSpeed: "速度",
  factSeed: "本次种子",
  fromCache: "来自浏览器缓存",
  parameters: (millions) => `GPT-2，${millions}M 参数`,
  threads: (n) => `${n} 个线程`,
  module: { simd: "SIMD", relaxed: "relaxed SIMD" },
  notIsolated: "此页面没有跨源隔离，因此只用一个线程计算。",
  perSecond: (rate) => `每秒 ${rate} 个词元`,
  tryAgain: "重试",
  errorTitle: "没有成功",
  errors: {
    "bad-config": "模型的说明文件无法使用。",
    "bad-shard": "模型的权重已损坏或不完整，因此没有使用。",
    "bad-option": "有一项设置无法使用。",
    network: "有文件无法取得。",
    quota: "浏览器的存储空间已满。",
    "out-of-memory": "内存不足。",
    unsupported: "此浏览器缺少引擎所需的功能。",
    "context-full": "提示与长度之和超出了模型的容量。",
    "gpu-lost": "图形设备已断开。",
    disposed: "模型已关闭。",
  },
  emptyPrompt: "请先写一句提示，各个版本会从它接着写。",
  invalidSetting: (label, value, range) =>
    `${label}：${value ? `不能是 ${value}` : "还没有填"}，应为${rangeInChinese(range)}的${range.whole ? "整数" : "数"}。`,
};

export const messages: Record<Language, Messages> = { en, zh };

const storageKey = "variorum-language";

/** The visitor's last choice, or the browser's language. */
export function initialLanguage(): Language {
  const asked = new URLSearchParams(location.search).get("lang") ?? stored() ?? navigator.language;
  return asked.startsWith("zh") ? "zh" : "en";
}

function stored(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null; // storage may be forbidden
  }
}

export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // then it is asked again next time
  }
}
