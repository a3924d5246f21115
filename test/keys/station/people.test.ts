import { describe, expect, it } from 'vitest'
import type { Proof, Station } from '../../../keys/station/station.ts'
import {
  AN,
  BO,
  both,
  CAI,
  done,
  enrolTwo,
  logInTwo,
  PASS_AN,
  PASS_BO,
  PASS_CAI,
  proof,
  START_MS,
  stations,
  utf8,
} from './rig.ts'

const use = stations()
const MINUTE = 60_000

describe('two people', () => {
  it('a new station takes its first two people freely and is open then', async () => {
    const station = await use.open(use.folder())
    expect(station.view().state).toBe('new')
    done(await station.enrol(AN, 'custodian', utf8(PASS_AN)))
    expect(station.view().state).toBe('new')
    done(await station.enrol(BO, 'operator', utf8(PASS_BO)))
    expect(station.view()).toMatchObject({ state: 'open', missing: ['identity', 'zmk'] })
    expect(station.view().people).toEqual([
      { name: AN, role: 'custodian', loggedIn: true, failures: 0 },
      { name: BO, role: 'operator', loggedIn: true, failures: 0 },
    ])
  })

  it('one person opens nothing, twice the same person neither → closed', async () => {
    const folder = use.folder()
    const first = await use.open(folder)
    await enrolTwo(first)
    await first.close()
    const station = await use.open(folder)
    expect(done(await station.logIn(AN, utf8(PASS_AN))).state).toBe('closed')
    expect(await station.logIn(AN, utf8(PASS_AN))).toEqual({ kind: 'refused', why: 'loggedIn' })
    expect(await station.beginKey({ label: 'K', algorithm: 'AES', components: 2 }, both())).toMatchObject({
      why: 'closed',
    })
    expect(station.exportKeys()).toMatchObject({ why: 'closed' })
    expect(station.expect([{ serial: 'SN1', slot: 0, algorithm: 'TDES' }])).toMatchObject({ why: 'closed' })
    expect(station.developmentIdentity('S')).toMatchObject({ why: 'closed' })
    expect(done(await station.logIn(BO, utf8(PASS_BO))).state).toBe('open')
  })

  it('when one of two logs out, the session ends for both', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    done(station.logOut(AN))
    expect(station.view()).toMatchObject({
      state: 'closed',
      people: [{ loggedIn: false }, { loggedIn: false }],
    })
    expect(station.logOut(AN)).toEqual({ kind: 'refused', why: 'notLoggedIn' })
    await logInTwo(station)
    expect(station.view().state).toBe('open')
  })

  it('a third person is enrolled by two, and opens the station with either of them', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    done(await station.enrol(CAI, 'operator', utf8(PASS_CAI), both()))
    station.closeSession()
    expect(await station.enrol('Di', 'operator', utf8('fourth passphrase'), both())).toMatchObject({
      why: 'closed',
    })
    for (const [name, passphrase] of [
      [AN, PASS_AN],
      [BO, PASS_BO],
    ] as const) {
      done(await station.logIn(CAI, utf8(PASS_CAI)))
      expect(done(await station.logIn(name, utf8(passphrase))).state).toBe('open')
      station.closeSession()
    }
  })

  it('a person who was dismissed logs in no more, and two always remain', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    expect(await station.dismiss(AN, both())).toEqual({ kind: 'refused', why: 'people' })
    done(await station.enrol(CAI, 'operator', utf8(PASS_CAI), both()))
    expect(await station.dismiss(AN, both())).toEqual({ kind: 'refused', why: 'people' }) // would leave one logged in
    done(await station.dismiss(CAI, both()))
    expect(await station.logIn(CAI, utf8(PASS_CAI))).toMatchObject({ why: 'credentials' })
    station.closeSession()
    await logInTwo(station)
    expect(station.view().state).toBe('open')
  })

  it('a changed passphrase opens the station and the old one does not', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    expect(await station.changePassphrase(AN, utf8('not the old one'), utf8('quite another'))).toMatchObject({
      why: 'credentials',
    })
    expect(await station.changePassphrase(AN, utf8(PASS_AN), utf8('short'))).toMatchObject({
      why: 'passphrase',
    })
    done(await station.changePassphrase(AN, utf8(PASS_AN), utf8('quite another')))
    station.closeSession()
    expect(await station.logIn(AN, utf8(PASS_AN))).toMatchObject({ why: 'credentials' })
    done(await station.logIn(AN, utf8('quite another')))
    expect(done(await station.logIn(BO, utf8(PASS_BO))).state).toBe('open')
  })
})

describe('names and passphrases', () => {
  it('whether another person has the same passphrase is never told, at the enrolment or with a new one', async () => {
    const station = await use.open(use.folder())
    done(await station.enrol(AN, 'custodian', utf8(PASS_AN)))
    done(await station.enrol(BO, 'custodian', utf8(PASS_AN)))
    const by = () => [proof(AN, PASS_AN), proof(BO, PASS_AN)]
    done(await station.enrol(CAI, 'operator', utf8(PASS_AN), by()))
    done(await station.changePassphrase(BO, utf8(PASS_AN), utf8(PASS_BO)))
    done(await station.changePassphrase(BO, utf8(PASS_BO), utf8(PASS_AN)))
    expect(JSON.stringify([...station.audit()])).not.toMatch(/taken|same/i)
    station.closeSession()
    done(await station.logIn(AN, utf8(PASS_AN)))
    expect(done(await station.logIn(BO, utf8(PASS_AN))).state).toBe('open')
  })

  it('one’s own old passphrase is guessed five times at most → locked, recorded', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    for (let count = 1; count <= 4; count++)
      expect(await station.changePassphrase(AN, utf8(`guess ${count} of it`), utf8('quite another'))).toEqual(
        {
          ...{ kind: 'refused', why: 'credentials', detail: AN },
        },
      )
    expect(await station.changePassphrase(AN, utf8('guess 5 of it'), utf8('quite another'))).toMatchObject({
      why: 'locked',
    })
    expect(await station.changePassphrase(AN, utf8(PASS_AN), utf8('quite another'))).toMatchObject({
      why: 'locked',
    })
    const wrong = [...station.audit()].filter(({ event }) => event === 'passphraseRefused')
    expect(wrong.map(({ person, detail, result }) => [person, detail, result])).toEqual([
      ...Array.from({ length: 4 }, () => [AN, 'passphraseChanged', 'passphrase']),
      [AN, 'passphraseChanged', 'locked'],
    ])
  })

  it('a person who is dismissed while another is enrolled does not come back', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    done(await station.enrol(CAI, 'operator', utf8(PASS_CAI), both()))
    const enrolling = station.enrol('Di', 'operator', utf8('fourth passphrase'), both())
    await new Promise((resolve) => setImmediate(resolve)) // it has begun
    done(await station.dismiss(CAI, both()))
    done(await enrolling)
    expect(station.view().people.map(({ name }) => name)).toEqual([AN, BO, 'Di'])
  })

  it.each([
    ['seven characters', '1234567', 'passphrase'],
    ['seven characters of many bytes', '密码密码密码密', 'passphrase'],
    ['too long', 'abcd'.repeat(65), 'passphrase'],
    ['eight blanks', '        ', 'passphrase'],
    ['one character over and over', '密密密密密密密密密密', 'passphrase'],
    ['three different characters', '121212131', 'passphrase'],
  ])('%s → refused', async (_, passphrase, why) => {
    const station = await use.open(use.folder())
    expect(await station.enrol(AN, 'custodian', utf8(passphrase))).toEqual({ kind: 'refused', why })
  })

  it('a name twice, in other letters too, or no name → refused', async () => {
    const station = await use.open(use.folder())
    done(await station.enrol(AN, 'custodian', utf8(PASS_AN)))
    expect(await station.enrol('AN NA', 'custodian', utf8(PASS_BO))).toMatchObject({ why: 'nameTaken' })
    for (const name of [
      '',
      '  ',
      '\u0000x',
      'x'.repeat(33),
      '<b>',
      '0123456789ABCDEF',
      '00112233 4455.6677',
      '０１２３４５６７８９ａｂｃｄｅｆ',
    ])
      expect(await station.enrol(name, 'custodian', utf8(PASS_BO)), name).toMatchObject({ why: 'name' })
    done(await station.enrol('王小明', 'custodian', utf8('四个不同的字就够')))
    expect(station.view().state).toBe('open')
  })

  it('every passphrase that is handed in is overwritten, right or wrong', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    station.closeSession()
    const given = [utf8(PASS_AN), utf8('wrong passphrase'), utf8(PASS_BO), utf8('for nobody')]
    const [right = utf8(''), wrong = utf8(''), other = utf8(''), nobody = utf8('')] = given
    await station.logIn(AN, right)
    await station.logIn(BO, wrong)
    await station.enrol('Di', 'operator', other)
    await station.logIn('nobody', nobody)
    for (const bytes of given) expect(bytes.every((byte) => byte === 0)).toBe(true)
  })
})

describe('two people decide who may come', () => {
  const enrolOf = (station: Station, by?: readonly Proof[]) =>
    station.enrol('Di', 'custodian', utf8('fourth passphrase'), by)
  // biome-ignore format: one row a way to do it alone
  const alone: readonly (readonly [string, (() => readonly Proof[]) | undefined, string])[] = [
    ['nobody’s passphrase',                       undefined,                                   'twoPeople'],
    ['one passphrase',                            () => [proof(AN)],                           'twoPeople'],
    ['the same person twice',                     () => [proof(AN), proof(AN)],                'twoPeople'],
    ['one’s own passphrase for the other’s',      () => [proof(AN), proof(BO, PASS_AN)],       'credentials'],
    ['a wrong one first',                         () => [proof(BO, 'wrong one'), proof(AN)],   'credentials'],
    ['somebody who is not logged in',             () => [proof(AN), proof(CAI)],               'notLoggedIn'],
    ['three',                                     () => [proof(AN), proof(BO), proof(CAI)],    'twoPeople'],
  ]
  it.each(alone)('%s → nobody is enrolled or dismissed', async (_, by, why) => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    done(await station.enrol(CAI, 'operator', utf8(PASS_CAI), both()))
    const given = [by?.() ?? [], by?.() ?? []] as const
    expect(await enrolOf(station, by && given[0])).toMatchObject({ kind: 'refused', why })
    expect(await station.dismiss(CAI, given[1])).toMatchObject({ kind: 'refused', why })
    expect(station.view().people.map(({ name }) => name)).toEqual([AN, BO, CAI])
    for (const { passphrase } of given.flat()) expect(passphrase.every((byte) => byte === 0)).toBe(true)
  })

  it('the record says who; guesses at the other’s passphrase are counted: five → locked', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    done(await enrolOf(station, both()))
    done(await station.dismiss('Di', both()))
    expect([...station.audit()].slice(-2)).toMatchObject([
      { event: 'enrolled', person: 'Di', detail: `custodian, by ${AN} and ${BO}` },
      { event: 'dismissed', person: 'Di', detail: `by ${AN} and ${BO}` },
    ])
    for (let count = 1; count <= 5; count++) await enrolOf(station, [proof(AN), proof(BO, `guess ${count}`)])
    expect(await enrolOf(station, both())).toMatchObject({ why: 'locked', detail: BO })
    expect(station.view().people).toHaveLength(2)
  })
})

describe('wrong passphrases', () => {
  it('five → locked for 15 minutes, also after a new start; then the right one opens', async () => {
    const folder = use.folder()
    const clock = { ms: START_MS }
    const first = await use.open(folder, {}, clock)
    await enrolTwo(first)
    first.closeSession()
    for (let count = 1; count <= 4; count++)
      expect(await first.logIn(AN, utf8(`wrong ${count} wrong`))).toEqual({
        kind: 'refused',
        why: 'credentials',
      })
    await first.close()
    const station = await use.open(folder, {}, clock)
    expect(station.view().people[0]).toMatchObject({ failures: 4 })
    expect(await station.logIn(AN, utf8('wrong 5 wrong'))).toEqual({ kind: 'refused', why: 'locked' })
    expect(await station.logIn(AN, utf8(PASS_AN))).toEqual({ kind: 'refused', why: 'locked' })
    clock.ms += 15 * MINUTE - 1
    expect(await station.logIn(AN, utf8(PASS_AN))).toEqual({ kind: 'refused', why: 'locked' })
    clock.ms += 1
    done(await station.logIn(AN, utf8(PASS_AN)))
    expect(station.view().people[0]).toMatchObject({ failures: 0 })
  })

  it('guesses that are made at once are counted one by one: the right one after five wrong → locked', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    station.closeSession()
    const guesses = Array.from({ length: 8 }, (_, at) =>
      station.logIn(AN, utf8(at === 6 ? PASS_AN : `guess number ${at}`)),
    )
    const whys = (await Promise.all(guesses)).map((result) => (result.kind === 'refused' ? result.why : 'ok'))
    expect(whys).toEqual([
      'credentials',
      'credentials',
      'credentials',
      'credentials',
      'locked',
      'locked',
      'locked',
      'locked',
    ])
  })

  it('the audit names the person but never what was typed as a name that nobody has', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    station.closeSession()
    await station.logIn('my secret passphrase', utf8(PASS_AN))
    await station.logIn(AN, utf8('wrong passphrase'))
    const refused = [...station.audit()].filter(({ event }) => event === 'logInRefused')
    expect(refused).toMatchObject([{ result: 'name' }, { result: 'passphrase', person: AN }])
    expect(JSON.stringify([...station.audit()])).not.toContain('secret')
  })
})

describe('the folder', () => {
  it('a second process is refused while a station has it open', async () => {
    const folder = use.folder()
    await use.open(folder)
    await expect(use.open(folder)).rejects.toThrow(/another process has this station open/)
  })
})
