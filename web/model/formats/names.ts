// The names of a checkpoint's tensors. Hugging Face writes GPT-2's with and without "transformer."; whatever wrapped the model when
// it was saved (DataParallel's "module.", torch.compile's "_orig_mod.", a trainer's "model.") stands in front of all of them.

const ofGpt2 = /^((?:[^.]+\.)*?)(?:transformer\.)?(?:(?:wte|wpe|ln_f|lm_head)\.(?:weight|bias)|h\.\d+\.(?:ln_1|ln_2|attn|mlp)\.)/;

/** How the names of one file become those that the engine knows. */
export class TensorNames {
  /** What stands in front of all names of the model, such as "module."; "" if nothing does. */
  readonly wrapper: string;

  /** `names`: all of the file. */
  constructor(names: Iterable<string>) {
    const wrappers = new Set<string>();
    for (const name of names) {
      const wrapper = ofGpt2.exec(name)?.[1];
      if (wrapper !== undefined) wrappers.add(wrapper);
    }
    // Two models in one file, such as a moving average beside the model itself: the plain names count.
    this.wrapper = wrappers.size === 1 ? [...wrappers][0]! : "";
  }

  canonical(name: string): string {
    const bare = name.startsWith(this.wrapper) ? name.slice(this.wrapper.length) : name;
    return bare.startsWith("transformer.") ? bare.slice("transformer.".length) : bare;
  }
}
