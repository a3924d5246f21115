import type { Mutant } from './mutant.ts'

const served = 'test/keys/station/page/served.test.ts'
const blind = 'test/keys/station/page/blind-keys.test.ts'
const parts = 'test/keys/station/page/parts.test.ts'
const lines = 'test/scripts/keys-station-lines.test.ts'
const consoleTest = 'test/scripts/keys-station-console.test.ts'
const atTerminal = 'test/scripts/keys-station-terminal.test.ts'
const init = 'test/scripts/keys-station-init.test.ts'
const papers = 'test/scripts/keys-station-papers.test.ts'
const running = 'test/scripts/keys-station-run.test.ts'
const people = 'test/keys/station/people.test.ts'
const identity = 'test/scripts/keys/identity.test.ts'
const server = 'scripts/keys-station-page.ts'
const pageFolder = 'keys/station/page'

/** The station's page is of two people at one machine, and what they type is never text, never kept, never shown. */
// biome-ignore format: one row a mutant
export const stationFaces: readonly Mutant[] = [
  row('station-page-any-cookie', 'no answer without the session', server, "if (!inside(request)) throw new PageFault(401", "if (false as boolean) throw new PageFault(401", served, 'Answers a browser that never had the link.'),
  row('station-page-any-link', 'the link opens the page', server, "if (!sameWord(given, word)) throw new PageFault(403", "if (given === '') throw new PageFault(403", served, 'Gives the session to any word.'),
  row('station-page-takeover-keeps-people', 'another browser: people log in again', server, "station.logOut(name)", "station.tick(); void name", served, 'Leaves both people logged in when another browser takes the page.'),
  row('station-page-cookie-for-scripts', 'no script reads the cookie', server, "Path=/; HttpOnly; SameSite=Strict", "Path=/; SameSite=Strict", served, 'Lets scripts read the session.'),
  row('station-page-foreign-order', 'orders come from our page', server, "if (headers.origin === undefined ? method === 'POST' : !ours) return true", "if (headers.origin !== undefined && !ours) return true", served, 'Takes an order that does not say where it comes from.'),
  row('station-page-other-site', 'another site is told nothing', server, "/^(same-origin|none)$/", "/^(same-origin|same-site|none|cross-site)$/", served, 'Answers a request that another site made.'),
  row('station-page-any-name', 'no name that others can point here', server, "if (host === undefined) throw new PageFault(403, 'Not under this name.')", "if (host === undefined) return asked(request, response, new URL(request.url ?? '/', PAGE))", served, 'Answers under a name that others can point to this machine.'),
  row('station-page-open-address', 'of this machine alone', server, "/^(127\\.[\\d.]+|localhost|::1)$/", "/^([\\d.]+|localhost|::1)$/", served, 'Serves the page to other machines.'),
  row('station-page-seal-twice', 'a sealed secret is opened once', server, "      drop(key)\n      return secret", "      return secret", served, 'Takes a sealed passphrase that was kept a second time.'),
  row('station-page-inline-script', 'no script in the text of the page', server, "\"script-src 'self'\"", "\"script-src 'self' 'unsafe-inline'\"", served, 'Allows scripts in the text of the page.'),
  row('station-page-reading-is-activity', 'looking is no activity', server, "return { nowMs: clock.nowMs(), view: station.view()", "station.cancelKey()\n    return { nowMs: clock.nowMs(), view: station.view()", served, 'Keeps the session open as long as the page is.'),
  row('station-order-any-file', 'only devices are lines', 'scripts/keys-station-lines.ts', "(?:\\/dev\\/[A-Za-z0-9_.+/-]{1,100}|COM\\d{1,3})", "(?:\\/[A-Za-z0-9_.+/-]{1,100}|COM\\d{1,3})", served, 'Opens any file as a serial port.'),
  row('station-order-up-the-tree', 'only devices are lines', 'scripts/keys-station-lines.ts', " && !address.includes('..')", "", served, 'Leaves /dev by dots.'),
  row('station-blind-kept', 'typed digits are given once', `${pageFolder}/blind-keys.ts`, "const entered = bytes.slice(0, used)\n          clear()", "const entered = bytes.slice(0, used)", blind, 'Keeps what was entered.'),
  row('station-blind-paste', 'no clipboard', `${pageFolder}/blind-keys.ts`, "if (ctrlKey || metaKey || altKey) return { kind: 'passed' }", "if (altKey) return { kind: 'passed' }", blind, 'Takes Ctrl-V for a letter.'),
  row('station-blind-method', 'no input method', `${pageFolder}/blind-keys.ts`, "isComposing || key === 'Process' || ", "key === 'Process' || ", blind, 'Takes letters of an input method under way.'),
  row('station-blind-half-character', 'Backspace takes a whole character', `${pageFolder}/blind-keys.ts`, "const width = widths.pop() ?? 0", "const width = Math.min(1, widths.pop() ?? 0)", blind, 'Leaves half a character behind.'),
  row('station-blind-short', 'a component is whole', `${pageFolder}/blind-keys.ts`, "if (!counts(widths.length)) return { kind: 'refused' }", "if (widths.length === 0) return { kind: 'refused' }", blind, 'Gives a component away before its last digit.'),
  row('station-seal-keeps-secret', 'the page’s copy is overwritten', `${pageFolder}/seal.ts`, "    secret.fill(0)\n", "", parts, 'Leaves the secret in the page.'),
  row('station-next-before-the-audit', 'a broken audit comes before all', `${pageFolder}/next.ts`, "if (missing.includes('audit')) return { kind: 'audit' }", "if (missing[0] === 'zmk') return { kind: 'audit' }", parts, 'Asks for terminals when the audit is broken.'),
  row('station-next-failed-line', 'a line that has failed is none', `${pageFolder}/next.ts`, "lines.some(({ state }) => state === 'waiting' || state === 'busy')", "lines.length > 0", parts, 'Asks for terminals on a line that has failed.'),
  row('station-order-without-passphrases', 'two people decide', 'scripts/keys-station-orders.ts', "if (SECRET_ORDERS[name]?.includes(secrets.length) !== true) return wanted('secrets')", "if (SECRET_ORDERS[name] === undefined) return wanted('secrets')", served, 'Takes an order with fewer secrets than it has.'),
  row('station-secrets-kept', 'the page’s copies are overwritten', `${pageFolder}/secrets.ts`, "    wipe(...secrets)\n  }\n}\n", "    wipe()\n  }\n}\n", parts, 'Leaves the secrets of an order in the page.'),
  row('station-secrets-cut-short', 'secrets are whole', `${pageFolder}/secrets.ts`, "if (at === joined.length) return secrets", "if (at >= joined.length) return secrets", parts, 'Takes a secret that was cut off for a whole one.'),
  row('station-audit-key-not-told', 'the key beside the records proves little', 'scripts/keys-audit.ts', "  if (key !== undefined) return\n", "  if (path !== '') return\n", papers, 'Trusts the key beside the records without saying so.'),
  row('station-console-no-check', 'what cannot be ordered is said first', 'scripts/keys-station-ceremony.ts', "  if (!told(guided, station.checkKey(whole))) return\n", "", consoleTest, 'Asks two people for passphrases to a key that cannot be.'),
  row('station-label-barcode', 'a barcode says the serial number', `${pageFolder}/code39.ts`, "const WIDE = 3", "const WIDE = 1", parts, 'Prints bars that no scanner reads.'),
  row('station-command-one-person', 'two people log in', 'scripts/keys-station.ts', "if (login.length > 0 && login.length < 2)", "if (login.length < 0)", lines, 'Takes one person for two.'),
  row('station-command-makes-a-station', 'a wrong line leaves nothing', 'scripts/keys-station-run.ts', "  if (options.web !== undefined) webAddress(options.web)\n", "", lines, 'Makes a station before it looks at the line.'),
  row('station-init-in-place', 'a failed init leaves nothing', 'scripts/keys-station-init.ts', "openStationCommand({ ...options, folder: making }, limits)", "openStationCommand({ ...options, folder: place }, limits)", init, 'Makes the station at its place before it knows that all will do.'),
  row('station-init-root-stays', 'a failed init leaves nothing', 'scripts/keys-station-init.ts', "    if (rootOut !== undefined) rmSync(rootOut, { force: true }) // was written for this station\n", "", init, 'Leaves the secret of a root whose station was never made.'),
  row('station-init-over-a-root', 'no root is written over', 'scripts/keys-station-init.ts', "if (rootOut !== undefined && existsSync(rootOut))", "if (rootOut === '' && existsSync(rootOut))", init, 'Writes the secret of a root over another file.'),
  row('station-dismissed-comes-back', 'who is dismissed stays out', 'keys/station/people.ts', "const all = [...vault.people, person]", "const all = [...before.people, person]", people, 'Enrols somebody again who was dismissed meanwhile.'),
  row('station-run-without-a-line', 'a run that nobody can come to is refused', 'scripts/keys-station-run.ts', "if (!talks && options.web === undefined && orders.length === 0)", "if (!talks && options.web === '' && orders.length === 0)", lines, 'Runs a station to which no terminal can come.'),
  row('station-run-unsigned', 'the end of a run signs the audit', 'scripts/keys-station-run.ts', "      await station.close()\n      end.release()", "      end.release()\n      process.exit(0)", running, 'Ends without closing the session.'),
  row('interruption-keeps-nothing-alive', 'a run lives until it is interrupted', 'scripts/interrupted.ts', "setInterval(() => undefined, DAY_MS)", "setInterval(() => undefined, DAY_MS).unref()", 'test/scripts/interrupted.test.ts', 'Lets the process end while it waits.'),
  row('interruption-never-released', 'a run ends with its dialogue', 'scripts/interrupted.ts', "      clearInterval(alive)\n", "", 'test/scripts/interrupted.test.ts', 'Keeps the process alive after the end.'),
  row('station-log-in-repeats-a-name', 'what may be a passphrase is not repeated', 'scripts/keys-station.ts', "station.view().people.some((person) => person.name === name.trim())", "name !== ''", papers, 'Repeats what was given as a name and is none.'),
  row('station-label-of-nobody', 'an unknown serial is said', 'keys/station/papers.ts', "if (serial !== undefined && all.length === 0) return refused('noSerial', serial)", "if (serial === '' && all.length === 0) return refused('noSerial', serial)", papers, 'Does not say that no such terminal is on the list.'),
  row('identity-foreign-purpose', 'role and purposes agree', 'scripts/identity/issue.ts', "!PURPOSES[role].includes(purpose)", "!PURPOSES.terminal.includes(purpose)", identity, 'Certifies a host for injection.'),
  row('identity-born-expired', 'no certificate of a day that is over', 'scripts/keys/identity.ts', "if (notAfter < dateOf(new Date(nowMs).toISOString().slice(0, 10)))", "if (notAfter < dateOf('2000-01-01'))", identity, 'Issues a certificate that has ended.'),
  row('weak-key-zeros-alone', 'weak keys', 'keys/weak-key.ts', "key.every((byte) => byte === key[0])", "key.every((byte) => byte === 0)", 'test/keys/component.test.ts', 'Takes an SM4 or AES key of one byte over and over.'),
  row('station-console-differ', 'a passphrase is typed twice the same', 'scripts/keys-station-console.ts', "if (same) return first", "if (same || first.length > 0) return first", consoleTest, 'Takes the first of two passphrases that differ.'),
  row('station-console-wrong-component', 'the custodian says what is right', 'scripts/keys-station-ceremony.ts', "if (answer === 'n') {", "if (answer === 'no') {", consoleTest, 'Does not hear that the check value is wrong.'),
  row('station-console-corner', 'a way out of every step', 'scripts/keys-station-console.ts', 'return (await importIdentity(guided)) || chosen(', 'return (await importIdentity(guided)) !== undefined || chosen(', consoleTest, 'Asks for an identity file for ever.'),
  row('station-console-english-refusal', 'Chinese console', 'scripts/keys-station-console.ts', 'whyWords(done.why, done.detail, locale)', "whyWords(done.why, done.detail, 'en')", consoleTest, 'Refuses in English at a Chinese console.'),
  row('station-console-english-row', 'Chinese console', 'scripts/keys-station-console.ts', 'rowWords(why, guided.locale)', "rowWords(why, 'en')", consoleTest, 'Names faults of a list in English at a Chinese console.'),
  row('station-console-echo', 'typed blind', 'scripts/secret-input.ts', 'setRawMode(true) // before', 'setRawMode(false) // before', atTerminal, 'Leaves the echo of the terminal on while a passphrase or a component is typed.'),
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
  return { id, rule, file, find, replace, tests: [test], does }
}
