// Messages between the page and the worker that owns the engine. Plain objects, one per step of a run.
import type { ErrorMessage } from "../api/errors";
import type {
  ContinueOptions,
  GenerateOptions,
  LoadOptions,
  LoadProgress,
  ModelInfo,
  RankedCandidate,
  RankOptions,
  RankProgress,
  Recipe,
  RunEvent,
  RunResult,
  Score,
} from "../api/types";
import type { WireAddress } from "../model/sources/address";
import type { BranchPoint, Parent } from "./lineage";

/** What can be sent: signals and callbacks stay on their side. */
export type WireOptions = Omit<LoadOptions, "signal" | "onProgress">;
export type WireGenerateOptions = Omit<GenerateOptions, "signal">;
export type WireContinueOptions = Omit<ContinueOptions, "signal">;
export type WireRankOptions = Omit<RankOptions, "signal" | "onProgress">;

/** `id` names a call; its answers carry it back. */
export type Request =
  | { type: "load"; id: number; address: WireAddress; options: WireOptions }
  | { type: "generate"; id: number; prompt: string | number[] | Recipe; options: WireGenerateOptions }
  | { type: "continue"; id: number; parent: Parent; options: WireContinueOptions }
  | { type: "branch"; id: number; parent: Parent; point: BranchPoint; options: WireGenerateOptions }
  | { type: "score"; id: number; text: string | number[]; logits: boolean }
  | { type: "rank"; id: number; context: string | number[]; candidates: (string | number[])[]; options: WireRankOptions }
  /** Of a load, score or rank: stops it. Of a generate: ends one variant, or all. */
  | { type: "cancel"; id: number; variant?: number };

export type Response =
  | { type: "progress"; id: number; progress: LoadProgress }
  | { type: "events"; id: number; events: RunEvent[] }
  | { type: "loaded"; id: number; result: ModelInfo }
  | { type: "generated"; id: number; result: RunResult }
  | { type: "scored"; id: number; result: Score }
  | { type: "ranking"; id: number; progress: RankProgress }
  | { type: "ranked"; id: number; result: RankedCandidate[] }
  /** `fatal`: the engine is broken, and the worker with it. */
  | { type: "failed"; id: number; error: ErrorMessage; fatal: boolean };
