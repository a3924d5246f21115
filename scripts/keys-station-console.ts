import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { type Next, nextOf, nextWords, warningWords } from '../keys/station/page/next.ts'
import { rowWords, whyWords } from '../keys/station/page/whys.ts'
import type { Done, Station, StationView } from '../keys/station/station.ts'
import { CommandError } from './command-error.ts'
import { askedKey, twoWhoAgree, typeComponent } from './keys-station-ceremony.ts'
import { type ConsoleWords, consoleWords, fileWords, type MenuKey } from './keys-station-console-words.ts'
import { writeSecretly } from './keys-station-file.ts'
import { lineOrder } from './keys-station-lines.ts'
import { progressLine } from './keys-station-progress.ts'
import { secretInput } from './secret-input.ts'

/** The person at the console: plain questions are echoed, secrets are not. */
export interface Hands {
  ask(question: string): Promise<string>
  secret(question: string): Promise<Uint8Array>
  say(line: string): void
  /** Writes over the line before, where that can be done. */
  over(line: string): void
  close(): void
}

export interface Guided {
  readonly station: Station
  readonly hands: Hands
  readonly locale: 'zh' | 'en'
  readonly words: ConsoleWords
}

const WATCH_MS = 500

/** The person at this terminal. CommandError where standard input is none. */
export function consoleHands(): Hands {
  const secrets = secretInput()
  if (!secrets.present)
    throw new CommandError(
      'keys station: two people type here, and standard input is no terminal; --web gives the page',
      2,
    )
  return {
    async ask(question) {
      const lines = createInterface({ input: process.stdin, output: process.stdout })
      // The end of the input is the end of the dialogue, as Ctrl-C is.
      let end = (): void => undefined
      const gone = new Promise<never>((_, reject) => {
        end = () => reject(new CommandError('keys station: ended at the console'))
        lines.once('close', end).once('SIGINT', end)
      })
      try {
        return (await Promise.race([lines.question(question), gone])).trim()
      } finally {
        lines.off('close', end) // ours alone: by its own it stops to echo, and a passphrase may be next
        lines.close()
      }
    },
    secret: (question) => secrets.line(question),
    say: (line) => console.log(line),
    over: (line) => process.stdout.write(`\r${line}\u001B[K`),
    close: () => secrets.close(),
  }
}

/** Guides two people through a session, one clear step after the other, until they quit. */
export async function guide(station: Station, hands: Hands, locale: 'zh' | 'en'): Promise<void> {
  const guided: Guided = { station, hands, locale, words: consoleWords(locale) }
  let said = ''
  let warned: string | undefined
  for (;;) {
    station.tick()
    const view = station.view()
    const next = nextOf(view)
    const sentence = nextWords(next, locale)
    if (sentence !== said) hands.say(`\n▶ ${guided.words.next}: ${sentence}`)
    said = sentence
    const warning = warningOf(view, next, locale)
    if (warning !== undefined && warning !== warned) hands.say(`! ${warning}`)
    warned = warning
    if (!(await step(guided, next))) return
  }
}

/** A broken audit while people log in, or a certificate that ends soon. */
function warningOf(view: StationView, next: Next, locale: 'zh' | 'en'): string | undefined {
  if (view.audit.state === 'broken' && next.kind !== 'audit') return nextWords({ kind: 'audit' }, locale)
  return warningWords(view, locale)
}

/** Enrols two people, as long as it takes. */
export async function enrolTwo(station: Station, hands: Hands, locale: 'zh' | 'en'): Promise<void> {
  const guided: Guided = { station, hands, locale, words: consoleWords(locale) }
  while (station.view().state === 'new') {
    const next = nextOf(station.view())
    hands.say(`▶ ${nextWords(next, locale)}`)
    await step(guided, next)
  }
}

/** One step; false ends the dialogue. */
async function step(guided: Guided, next: Next): Promise<boolean> {
  switch (next.kind) {
    case 'enrolFirst':
    case 'enrolSecond':
      await enrol(guided)
      return true
    case 'logInFirst':
    case 'logInSecond':
      await logIn(guided)
      return true
    case 'component':
      await typeComponent(guided, next.number, next.of)
      return true
    case 'compare':
      // A component that was typed before on the page is compared here.
      await typeComponent(guided, 0, 0)
      return true
    case 'identity':
    case 'renewIdentity':
      // Without the file at hand there is other work, and there must be a way out.
      return (await importIdentity(guided)) || chosen(guided, nextOf(guided.station.view()))
    default:
      return chosen(guided, next)
  }
}

/** What Enter alone does, where one thing is to be done. */
const USUAL: { readonly [Kind in Next['kind']]?: MenuKey } = {
  identity: 'd',
  renewIdentity: 'd',
  firstKey: 'n',
  importList: 'i',
  noLine: 'o',
  inject: 'w',
  retry: 'w',
  finish: 'l',
  audit: 'c',
}

async function chosen(guided: Guided, next: Next): Promise<boolean> {
  const { hands, words, station } = guided
  const usual = USUAL[next.kind]
  const menu = Object.entries(words.menu).map(([key, name]) => `${key} ${name}`)
  hands.say(`  ${menu.join(' · ')}`)
  const answer = (
    await hands.ask(`${words.choose}${usual === undefined ? '' : ` [${usual}]`}: `)
  ).toLowerCase()
  const key = answer === '' ? usual : (Object.keys(words.menu) as MenuKey[]).find((one) => one === answer)
  if (key === undefined) {
    hands.say(words.none)
    return true
  }
  if (key === 'q') {
    if (station.view().state === 'open' && told(guided, station.closeSession())) hands.say(words.closed)
    return false
  }
  await ACTIONS[key](guided)
  return true
}

const ACTIONS: { readonly [Key in Exclude<MenuKey, 'q'>]: (guided: Guided) => Promise<void> } = {
  async d(guided) {
    await importIdentity(guided)
  },
  n: askedKey,
  i: importList,
  o: openLine,
  w: watch,
  l: printLabels,
  x: exportKeys,
  e: enrol,
  p: changePassphrase,
  async c(guided) {
    if (told(guided, guided.station.closeSession())) guided.hands.say(guided.words.closed)
  },
}

/** Whether it is done; a refusal is said. */
export function told<Result>(
  { hands, locale }: Guided,
  done: Done<Result>,
): done is { readonly kind: 'ok' } & Result {
  if (done.kind === 'ok') return true
  hands.say(`✗ ${whyWords(done.why, done.detail, locale)}`)
  return false
}

async function enrol(guided: Guided): Promise<void> {
  const { hands, words, station } = guided
  const name = await hands.ask(words.name)
  if (name === '') return
  const role = (await hands.ask(words.role)).toLowerCase() === 'o' ? 'operator' : 'custodian'
  const passphrase = await typedTwice(guided, name)
  if (passphrase === undefined) return
  const by = station.view().state === 'open' ? await twoWhoAgree(guided) : []
  if (told(guided, await station.enrol(name, role, passphrase, by))) hands.say(`✓ ${words.enrolled(name)}`)
}

/** A new passphrase, or undefined where the two are not the same; the caller's to be wiped. */
async function typedTwice({ hands, words }: Guided, name: string): Promise<Uint8Array | undefined> {
  const first = await hands.secret(words.passphraseNew(name))
  const again = await hands.secret(words.again)
  const same = first.length === again.length && first.every((byte, index) => byte === again[index])
  again.fill(0)
  if (same) return first
  first.fill(0)
  hands.say(`✗ ${words.differ}`)
  return undefined
}

async function logIn(guided: Guided): Promise<void> {
  const { hands, words, station } = guided
  const out = station.view().people.filter((person) => !person.loggedIn)
  hands.say(`  ${out.map(({ name }) => name).join(' · ')}`)
  const name = await hands.ask(words.name)
  if (name === '') return
  const done = await station.logIn(name, await hands.secret(words.passphrase(name)))
  if (told(guided, done) && done.state === 'open') hands.say(`✓ ${words.open}`)
}

/** Whether a file was named, good or not. */
async function importIdentity(guided: Guided): Promise<boolean> {
  const { hands, words, station } = guided
  const named = await fileNamed(guided, words.identityFile)
  if (named.bytes !== undefined) {
    const done = station.importIdentity(named.bytes)
    if (told(guided, done)) hands.say(`✓ ${words.identityTaken(done.id)}`)
  }
  return named.path !== ''
}

interface Named {
  readonly path: string
  readonly bytes?: Uint8Array
}

/** The bytes of a file that the person names; a file that cannot be read is said. */
async function fileNamed({ hands, locale }: Guided, question: string): Promise<Named> {
  const path = await hands.ask(question)
  if (path === '') return { path }
  try {
    return { path, bytes: new Uint8Array(readFileSync(path)) }
  } catch (error) {
    hands.say(`✗ ${fileWords(path, error, locale)}`)
    return { path }
  }
}

async function importList(guided: Guided): Promise<void> {
  const { hands, words, station } = guided
  const { bytes } = await fileNamed(guided, words.listFile)
  if (bytes === undefined) return
  const result = station.expectCsv(new TextDecoder().decode(bytes))
  if (result.kind === 'faults')
    for (const { line, why } of result.faults)
      hands.say(`✗ ${words.line(line)}: ${rowWords(why, guided.locale)}`)
  else if (told(guided, result)) hands.say(`✓ ${words.imported(result.added, result.known)}`)
}

async function openLine(guided: Guided): Promise<void> {
  const { hands, words, station } = guided
  const [, kind = '', address = ''] = /^(\w+):(.+)$/.exec(await hands.ask(words.lineAddress)) ?? []
  // One that has failed is opened again as it was.
  const { baudRate } = station.view().lines.find((line) => line.address === address) ?? {}
  const order = lineOrder(kind, address, baudRate)
  if (order === undefined) return hands.say(`✗ ${words.lineWrong}`)
  const done = await station.openLine(order)
  if (told(guided, done)) hands.say(`✓ ${words.lineOpen(done.address)}`)
}

/** Live progress on one line, until Enter. */
async function watch({ hands, words, station }: Guided): Promise<void> {
  hands.say(words.watching)
  const show = (): void => hands.over(progressLine(station.view(), words))
  show()
  const timer = setInterval(show, WATCH_MS)
  try {
    await hands.ask('')
  } finally {
    clearInterval(timer)
  }
}

async function printLabels(guided: Guided): Promise<void> {
  const { hands, words, station } = guided
  const serial = await hands.ask(words.labelSerial)
  const path = await hands.ask(words.labelFile)
  const done = station.labels(serial === '' ? undefined : serial)
  if (!told(guided, done)) return
  if (path === '') hands.say(done.text)
  else if (!written(guided, path, done.text)) return
  hands.say(`✓ ${words.labelled(done.count)}`)
}

async function exportKeys(guided: Guided): Promise<void> {
  const { hands, words, station } = guided
  const path = await hands.ask(words.exportFile)
  if (path === '') return
  const done = station.exportKeys()
  if (told(guided, done) && written(guided, path, done.json)) hands.say(`✓ ${words.exported(done.keys)}`)
}

function written({ hands, locale }: Guided, path: string, text: string): boolean {
  try {
    writeSecretly(path, text)
    return true
  } catch (error) {
    hands.say(`✗ ${fileWords(path, error, locale)}`)
    return false
  }
}

async function changePassphrase(guided: Guided): Promise<void> {
  const { hands, words, station } = guided
  const name = await hands.ask(words.name)
  if (name === '') return
  const old = await hands.secret(words.passphraseOld(name))
  const fresh = await typedTwice(guided, name)
  if (fresh === undefined) old.fill(0)
  else if (told(guided, await station.changePassphrase(name, old, fresh))) hands.say('✓')
}
