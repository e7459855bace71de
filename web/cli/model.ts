// Loads the model that the options name, in this process.

import type { KernelChoice, ModuleVariant, WeightScheme } from "../api/types";
import { Engine } from "../engine/engine";
import type { Args } from "./args";
import { openSource } from "./file-source";
import { Progress } from "./progress";

export async function loadModel(args: Args): Promise<Engine> {
  const source = await openSource(args.required("model"));
  const progress = new Progress("Loading");
  try {
    return await Engine.load(source, {
      weights: args.text("weights") as WeightScheme | undefined,
      threads: args.number("threads"),
      module: args.text("module") as ModuleVariant | undefined,
      kernels: args.text("kernels") as KernelChoice | undefined,
      onProgress: ({ loaded, total }) => progress.bytes(loaded, total),
    });
  } finally {
    progress.clear();
  }
}
