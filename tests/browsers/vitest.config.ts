// Tests of the built page in Chromium, Firefox and WebKit.
import base from "../vitest.config.ts";

export default {
  ...base,
  test: { ...base.test, include: ["tests/browsers/**/*.test.ts"], fileParallelism: false },
};
