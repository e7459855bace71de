// Names the failed tests in the reports of a run, one a line, for the end of a long log:
//   node scripts/lib/failed-tests.mjs DIR
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape characters of colours are what is looked for
const withoutColours = (text) => text.replaceAll(/(?:\x1b|\\u001b)\[\d+m/g, "");

/** Vitest's JSON report. A file that could not be read as tests has no assertions, only a message; the tests of a file whose process died are pending. */
function ofVitest(report) {
  return report.testResults.flatMap((file) => {
    const failed = file.assertionResults.filter((test) => test.status === "failed");
    if (failed.length > 0) return failed.map((test) => `${test.fullName}: ${test.failureMessages[0]?.split("\n")[0] ?? ""}`);
    if (file.assertionResults.some((test) => test.status === "pending")) return [`${file.name}: not all of its tests ran to their end`];
    return file.status === "failed" ? [`${file.name}: ${file.message.split("\n")[0]}`] : [];
  });
}

/** Playwright's: suites in suites. A test that passed at a second try counts as failed here too. */
function ofPlaywright(suite) {
  const own = (suite.specs ?? []).filter((spec) => spec.tests.some((test) => test.status !== "expected"));
  const first = (spec) =>
    spec.tests
      .flatMap((test) => test.results)
      .find((result) => result.error)
      ?.error.message.split("\n")[0] ?? "";
  return [...own.map((spec) => `${spec.file} › ${spec.title}: ${first(spec)}`), ...(suite.suites ?? []).flatMap(ofPlaywright)];
}

const parsers = {
  json: (text) => {
    const report = JSON.parse(text);
    return report.testResults ? ofVitest(report) : ofPlaywright(report);
  },
  // GoogleTest's summary, unittest's headings, and what befell Vitest outside of a test.
  log: (text) => [
    ...new Set(
      [...text.matchAll(/^\[ {2}FAILED {2}\] ([\w./]+)(?:,.*)?$|^((?:FAIL|ERROR): .*)$|Unhandled (?:Error|Rejection) .*\n(.*)$/gm)].map(
        (match) => match[1] ?? match[2] ?? match[3],
      ),
    ),
  ],
};

for (const name of readdirSync(process.argv[2]).sort()) {
  const [layer, kind] = name.split(".");
  if (!parsers[kind]) continue;
  try {
    for (const test of parsers[kind](withoutColours(readFileSync(join(process.argv[2], name), "utf8")))) console.log(`failed in ${layer}: ${test}`);
  } catch (error) {
    console.log(`failed in ${layer}: its report cannot be read (${error.message})`);
  }
}
