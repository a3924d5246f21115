import type { Mutant } from './mutant.ts'

const parts = 'test/host-link/tms/page/parts.test.ts'
const words = 'test/host-link/tms/page/words.test.ts'
const served = 'test/host-link/tms/page/served.test.ts'
const rollout = 'test/host-link/tms/page/rollout.test.ts'
const parameters = 'test/host-link/tms/page/parameters.test.ts'
const fleet = 'test/host-link/tms/page/fleet.test.ts'

/** 控制台: what touches many terminals says how many and is agreed to knowingly; secrets are shown once. */
// biome-ignore format: one row a mutant
export const tmsPage: readonly Mutant[] = [
  row('tms-page-bent-number', 'what was typed is not bent', 'page/plan.ts', "text.trim() === '' ? Number.NaN : Number(text)", "Number(text)", parts, 'Takes an empty field of the wizard for 0.'),
  row('tms-page-late-joiners', 'only a group takes late terminals', 'page/plan.ts', "form.dynamic && target === 'group' && kind === 'program'", "form.dynamic", parts, 'Asks for late joiners where nobody can see the tick.'),
  row('tms-page-lock-left', 'a lock has its value', 'page/draft.ts', "locks: content.locks.filter((one) => one !== key) }", "locks: content.locks }", parts, 'Leaves the lock of a key that was taken out.'),
  row('tms-page-draft-kind', 'unsaved changes are seen', 'page/draft.ts', "[name, [kind, value]] as const", "[name, [value]] as const", parts, 'Does not see that a text became a password.'),
  row('tms-page-frame', 'shown in no frame', 'node/page-part.ts', ", \"frame-ancestors 'none'\"", "", served, 'Lets another page show the console in a frame.'),
  row('tms-page-hidden', 'no hidden file', 'node/page-part.ts', " || isHidden(pathname)) return false", ") return false", served, 'Serves files whose name begins with a dot.'),
  row('tms-page-any-name', 'no name that others can point here', 'node/page-part.ts', "if (host === undefined) return sent(response, 403)", "if (host === undefined) return sent(response, 200)", served, 'Answers under a name of somebody else.'),
  row('tms-page-language-one', 'both languages are complete', 'page/words/states.ts', "'command.lock':       ['锁机', 'Lock']", "'command.lock':       ['锁机', '']", words, 'Has no English word for the lock.'),
  row('tms-page-count-not-typed', 'how many is typed', 'page/part/act.tsx', "if (terminals >= TYPED_FROM && typed.trim() !== String(terminals))", "if (terminals >= TYPED_FROM && typed.trim() === '?')", rollout, 'Acts on a fleet without the number that was asked for.'),
  row('tms-page-no-reason', 'a reason for what stops others', 'page/part/act.tsx', "if (reason === 'wanted' && why.trim() === '')", "if (reason === 'wanted' && why === '?')", rollout, 'Sends a pause without a reason.'),
  row('tms-page-stale-preview', 'what is previewed is what is made', 'page/view/wizard.tsx', "preview.plan === JSON.stringify(plan)", "preview.plan !== ''", rollout, 'Makes a plan that was changed after its preview.'),
  row('tms-page-mask-sent', 'a masked password is kept', 'page/view/layer-variables.tsx', "value={variable.value === MASKED ? '' : variable.value}", "value={variable.value}", parameters, 'Puts the mask into the field, where it can be sent in part.'),
  row('tms-page-secret-kept', 'a secret is shown once', 'page/view/fleet-add.tsx', "          close={() => setSecrets(undefined)}\n        />\n      )}\n    </>\n  )\n}\n\nexport function ImportTerminals", "          close={() => sessionStorage.setItem('secret', secrets[0]?.secret ?? '')}\n        />\n      )}\n    </>\n  )\n}\n\nexport function ImportTerminals", fleet, 'Keeps the password of a new terminal in the browser.'),
]

function row(
  id: string,
  rule: string,
  file: string,
  find: string,
  replace: string,
  test: string,
  does: string,
): Mutant {
  return { id, rule, file: `host-link/tms/${file}`, find, replace, tests: [test], does }
}
