/** 版本 of the application; `test/terminal/version.test.ts` holds it against package.json. */
export const VERSION = '0.1.0'

/** What a release manifest says of this program, and what this program asks of manifests and documents. */
export const PROGRAM = {
  version: VERSION,
  /** Security counter: rises with a release that must not be undone, and only then. */
  counter: 1,
  /** Version of the device contract that it runs on. */
  runtime: 1,
  /** Of the table of parameters. */
  parameterSchema: 1,
  /** Layouts of the journal, first and last, that it reads, and the one that it writes. */
  journalReads: [1, 2],
  journalWrites: 2,
} as const
