/** Why a download ended, 0 where all is well: in reports, on screen (代码) and in the console. Never reuse one. */
// biome-ignore format: one row a code
export const CODE = {
  ok:               0,
  signature:        1, // too few right signatures of keys that may sign it
  expired:          2, // or older than the newest seen, or an answer to another hello
  wrongModel:       3,
  wrongTenant:      4,
  counterLow:       5, // security counter below the floor
  seqLow:           6, // an earlier document once more
  runtime:          7,
  parameterSchema:  8,
  journalLayout:    9,
  noSpace:         10,
  baseMissing:     11, // no payload for a base that this terminal has
  indexWrong:      12,
  blockWrong:      13,
  unpackWrong:     14,
  programWrong:    15, // what was unpacked is not the program of the manifest
  flashFault:      16,
  tries:           17, // three starts without a confirmation
  hang:            18,
  healthJournal:   19,
  healthKeys:      20,
  healthParameters:21,
  healthSelfTest:  22,
  healthBatch:     23,
  deferredByUser:  24,
  cancelled:       25,
  notForMe:        26,
  parameterUnknown:27,
  parameterValue:  28,
  needsProgram:    29, // parameters that need a program which is not there
  linkLost:        30,
  timeout:         31,
  requiredVersion: 32, // a version that must be between
  malformed:       33, // also too long
} as const

export type Code = (typeof CODE)[keyof typeof CODE]

/** 下载状态: each stands at its number on the wire (`states.ts` says what follows which). */
export const DOWNLOAD_STATES = [
  'empty',
  'receiving',
  'verified',
  'armed',
  'trial',
  'confirmed',
  'failed',
  'reverted',
  'superseded',
  'expired',
] as const
export type DownloadState = (typeof DOWNLOAD_STATES)[number]

/** What a verified program waits for, one bit each. */
// biome-ignore format: one row a bit
export const WAITING = {
  batch:       1, // 结算: the batch is open
  window:      2, // the time of day, or the earliest time
  transaction: 4, // somebody is at the terminal
  owed:        8, // a reversal, an advice or a settlement that is not finished
  deferred:   16, // 以后再说 by the merchant
  paper:      32, // no paper, or a slip owed
  power:      64,
} as const
