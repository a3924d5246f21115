import type { Mutant } from './mutant.ts'

const whole = 'test/terminal/flow/update-whole.test.ts'
const fetcher = 'test/terminal/update/stories.test.ts'
const refused = 'test/terminal/update/stories-refused.test.ts'
const switched = 'test/terminal/update/stories-switch.test.ts'
const attacks = 'test/terminal/update/stories-attacks.test.ts'
const service = 'test/host-link/tms/node/stories.test.ts'
const update = 'terminal/update'

/** What the stories of downloads found, and what they hold. */
export const storyMutants: readonly Mutant[] = [
  {
    id: 'story-on-trial-for-ever',
    rule: 'a program that was confirmed is not on trial any more',
    file: `${update}/report.ts`,
    find: 'trial: trial && found === pending',
    replace: 'trial',
    tests: [whole, switched],
    does: 'Reports a confirmed program as one on trial until the next start: the service never counts it.',
  },
  {
    id: 'story-report-round-and-round',
    rule: 'a report that is due again waits for the next look at what is new',
    file: `${update}/voice.ts`,
    find: 'Infinity : Math.max(againMs, lookMs)',
    replace: 'Infinity : againMs',
    tests: [fetcher],
    does: 'Turns round without waiting, for up to a second, where a report is due again just after a look.',
  },
  {
    id: 'story-runs-already-unsaid',
    rule: 'an order for what runs already is answered by a report',
    file: `${update}/engine.ts`,
    find: 'same(heard.program.hash, bench.boot.active.release)) voice.report()',
    replace: 'same(heard.program.hash, bench.boot.active.release)) voice.waiting()',
    tests: [fetcher],
    does: 'Says nothing of a program that it was ordered to have and has: the service waits for hours.',
  },
  {
    id: 'story-expired-is-nothing',
    rule: 'what was refused is named on the screen',
    file: 'terminal/flow/update-page.ts',
    find: "  expired:   'updateFailed',\n",
    replace: '',
    tests: [refused],
    does: 'Says that there is nothing new where a release had expired.',
  },
  {
    id: 'story-fetched-then-refused',
    rule: 'a release that is not for this terminal is refused before its first block',
    file: `${update}/receive.ts`,
    find: 'if (verdict !== CODE.ok) return fail(bench, verdict)\n    if (!choosePayload(bench, manifest, terms)) return fault\n    let step = await leavesOf(bench, manifest, order)',
    replace:
      'if (!choosePayload(bench, manifest, terms)) return fault\n    let step = await leavesOf(bench, manifest, order)\n    if (verdict !== CODE.ok) return fail(bench, verdict)',
    tests: [refused],
    does: 'Fetches a release whole before it finds that it is for another model.',
  },
  {
    id: 'story-flash-not-asked',
    rule: 'a program that does not fit is refused',
    file: `${update}/judge.ts`,
    find: 'program.length <= terms.slotBytes && manifest.flash <= terms.slotBytes,',
    replace: 'program.length <= terms.slotBytes,',
    tests: [refused],
    does: 'Takes a release that needs more flash than there is.',
  },
  {
    id: 'story-one-signature-will-do',
    rule: 'a stolen key of a role with a threshold is not enough, whatever online keys sign beside it',
    file: `${update}/root-chain.ts`,
    find: '({ kids, threshold }) => signers.filter(({ kid }) => includes(kids, kid)).length >= threshold,',
    replace: '({ kids }) => signers.filter(({ kid }) => includes(kids, kid)).length >= 1,',
    tests: [attacks],
    does: 'Takes a program that one of two has signed.',
  },
  {
    id: 'story-presence-from-before',
    rule: 'a broker that begins empty knows nobody',
    file: 'host-link/tms/node/server.ts',
    find: "await run('UPDATE terminal SET online = 0 WHERE online = 1')",
    replace: "await run('UPDATE terminal SET online = 1 WHERE online = 1')",
    tests: [service],
    does: 'Believes terminals there that went away with the broker.',
  },
]
