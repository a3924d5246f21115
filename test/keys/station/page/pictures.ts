import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { COMPONENTS, done, TestTerminal, tcpDial, trust, utf8 } from '../rig.ts'
import { openBrowser, stationBench } from './bench.ts'

// `npx tsx test/keys/station/page/pictures.ts`: the pictures of docs/station.md and docs/station.zh-CN.md, taken from the
// real page while two people work and terminals are loaded over TCP.

const DOCS = fileURLToPath(new URL('../../../../docs', import.meta.url))
/** 2026-11-23, 09:00 in Shanghai. */
const MORNING_MS = Date.UTC(2026, 10, 23, 1)
const PASSPHRASE = 'a passphrase for pictures'
const LOADED = 128
/** The one that has a key of this check value already: its people put it aside. */
const REFUSED = 57

const locales = {
  zh: { people: ['张安', '李波'], suffix: '.zh-CN' },
  en: { people: ['An Zhang', 'Bo Li'], suffix: '' },
} as const

/** The same bytes at every run, so that check values in the pictures stay what they are. */
function counted(): (bytes: number) => Uint8Array {
  let turn = 0
  return (bytes) => {
    const parts = Array.from({ length: Math.ceil(bytes / 32) }, () =>
      createHash('sha256').update(`pictures ${turn++}`).digest(),
    )
    return Uint8Array.from(Buffer.concat(parts).subarray(0, bytes))
  }
}

async function take(locale: 'zh' | 'en'): Promise<void> {
  const { people, suffix } = locales[locale]
  const [first, second] = people
  /** Of letters that a keyboard has. */
  const passphraseOf = (name: string) => `${PASSPHRASE} ${people.findIndex((one) => one === name)}`
  const random = counted()
  const bench = await stationBench({ startMs: MORNING_MS, station: { random } })
  const { station } = bench
  const browser = await openBrowser(bench.page.url, { timezoneId: 'Asia/Shanghai' })
  const { page } = browser
  const at = (id: string) => page.getByTestId(id)
  async function picture(name: string): Promise<void> {
    await page.waitForTimeout(1_200) // a turn of the state
    await page.mouse.move(640, 790)
    await page.screenshot({ path: join(DOCS, `station-${name}${suffix}.png`) })
  }
  if (locale === 'en') await at('language').click()
  for (const name of people) done(await station.enrol(name, 'custodian', utf8(passphraseOf(name))))
  const { rootSecret } = done(station.developmentIdentity('STATION-1'))
  station.closeSession()

  await at(`in-${first}`).click()
  await browser.blind(passphraseOf(first))
  await at(`in-${second}`).click()
  await at('blind').waitFor()
  await page.keyboard.type(PASSPHRASE.slice(0, 10))
  await picture('log-in')
  await page.keyboard.type(passphraseOf(second).slice(10))
  await page.keyboard.press('Enter')
  await at('new-key').click()
  await at('key-begin').click()
  for (const name of people) await browser.blind(passphraseOf(name))
  await at(`types-${first}`).click()
  await browser.blind(COMPONENTS[0])
  await browser.blind(passphraseOf(first))
  await at('right').click()
  await browser.blind(passphraseOf(first))
  await at(`types-${second}`).click()
  await at('blind').waitFor()
  await page.keyboard.type(COMPONENTS[1].slice(0, 27))
  await picture('ceremony')
  await page.keyboard.type(COMPONENTS[1].slice(27))
  await page.keyboard.press('Enter')
  await browser.blind(passphraseOf(second))
  await at('right').click()
  await browser.blind(passphraseOf(second))
  await at('zmk').waitFor()

  const serials = Array.from({ length: 200 }, (_, index) => `SK26A${String(index + 1).padStart(5, '0')}`)
  const rows = serials.map(
    (serial, index) => `${serial},${10_000_001 + index},0,${index % 8 === 7 ? 'SM4' : 'TDES'}`,
  )
  const list = join(bench.folder, 'list.csv')
  writeFileSync(list, ['serial,terminalId,slot,algorithm', ...rows].join('\n'))
  await at('list-file').setInputFiles(list)
  await at('good').waitFor()
  const { address } = done(await station.openLine({ kind: 'tcp', host: '127.0.0.1', port: 0 }))
  const certify = trust(rootSecret)
  for (const [index, serial] of serials.slice(0, LOADED).entries()) {
    bench.clock.ms += 430
    const terminal = new TestTerminal(serial, certify.issue('terminal', serial))
    const store = terminal.store()
    const faulty = { ...store, stage: () => 'duplicateKey' as const }
    await terminal.inject(tcpDial(address), index === REFUSED ? faulty : store)
  }
  await page.reload()
  await at('loaded').waitFor()
  await picture('injection')
  await at('tab-terminals').click()
  await at('search').fill('SK26A0005')
  await picture('terminals')
  await at('tab-labels').click()
  await picture('labels')
  await at('tab-work').click()
  await at('close').click()
  await at('close-yes').click()
  await at(`in-${first}`).waitFor()
  await at('tab-audit').click()
  await picture('audit')
  await browser.close()
  await bench.close()
}

for (const locale of ['zh', 'en'] as const) await take(locale)
