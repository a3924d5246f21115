import { said } from '../said.ts'
import type { Catalogue } from '../store.ts'
import type { Query, TmsDatabase } from './database.ts'
import { endDeployment } from './deployment-ends.ts'
import { DONE, refused } from './fleet-store.ts'
import { bytesOf, RELEASE_COLUMNS, releaseOf } from './rows.ts'

/** The part of the store about releases and objects. */
export function catalogueStore(database: TmsDatabase): Catalogue {
  const { reads } = database
  return {
    addRelease: ({ release, objects }) =>
      database.write(async (query) => {
        const [known] = await query.query('SELECT id FROM release WHERE manifest = ?', [release.manifest])
        if (known !== undefined) return refused(`this release is there already, as ${known[0]}`)
        const { models, payloads, signers } = release
        const [row] = await query.query(
          `INSERT INTO release (version, manifest, manifest_size, seq, counter, models, program, program_length, payloads,
            signers, expires, notice_zh, notice_en, state, uploaded_by, uploaded_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'draft', ?, ?) RETURNING id`,
          [
            ...[release.version, release.manifest, release.manifestSize, release.seq, release.counter],
            ...[
              JSON.stringify(models),
              release.program,
              release.programLength,
              JSON.stringify(payloads),
              JSON.stringify(signers),
            ],
            ...[release.expires, release.noticeZh, release.noticeEn, release.uploadedBy, release.uploadedAt],
          ],
        )
        const id = Number(row?.[0])
        for (const { hash, bytes } of objects) {
          await putObject(query, hash, bytes, '')
          await query.run('INSERT INTO release_object (hash, release) VALUES (?, ?) ON CONFLICT DO NOTHING', [
            hash,
            id,
          ])
        }
        return { kind: 'added', id }
      }),
    approveRelease: (id, who, now) =>
      database.write(async (query) => {
        const release = await releaseIn(query, id)
        if (release === undefined) return refused('there is no such release')
        if (release.state !== 'draft') return refused(`the release is ${release.state} already`)
        if (release.uploadedBy === who)
          return refused('who uploaded a release cannot approve it: a second person is wanted')
        await query.run(
          `UPDATE release SET state = 'approved', approved_by = ?, approved_at = ? WHERE id = ?`,
          [who, now, id],
        )
        return DONE
      }),
    withdrawRelease: (id, who, reason, now) =>
      database.write(async (query) => {
        const release = await releaseIn(query, id)
        if (release === undefined) return refused('there is no such release')
        if (release.state === 'withdrawn') return refused('the release is withdrawn already')
        await query.run(
          `UPDATE release SET state = 'withdrawn', withdrawn_by = ?, withdrawn_at = ?, reason = ? WHERE id = ?`,
          [who, now, reason, id],
        )
        const open = await query.query(
          `SELECT id FROM deployment WHERE kind = 'program' AND release = ? AND state NOT IN ('finished', 'aborted')`,
          [id],
        )
        for (const [deployment] of open)
          await endDeployment(query, Number(deployment), 'aborted', said('withdrawn', reason), now)
        return DONE
      }),
    release: (id) => releaseIn(reads, id),
    async releases() {
      return (await reads.query(`SELECT ${RELEASE_COLUMNS} FROM release ORDER BY id DESC`)).map(releaseOf)
    },
    addRoot: (version, bytes) =>
      database.write(async ({ query, run }) => {
        const [last] = await query('SELECT max(version) FROM root_document')
        const newest = Number(last?.[0] ?? 0)
        if (newest !== 0 && version !== newest + 1) return refused(`the next root document is ${newest + 1}`)
        await run('INSERT INTO root_document (version, bytes) VALUES (?, ?)', [version, bytes])
        await run('UPDATE terminal SET tell = 1')
        return DONE
      }),
    async root() {
      const [row] = await reads.query(
        'SELECT version, bytes FROM root_document ORDER BY version DESC LIMIT 1',
      )
      return row && { version: Number(row[0]), bytes: bytesOf(row[1]) }
    },
    async roots() {
      const rows = await reads.query('SELECT version, bytes FROM root_document ORDER BY version')
      return rows.map(([version, bytes]) => ({ version: Number(version), bytes: bytesOf(bytes) }))
    },
    putObject: (hash, bytes, owner) => database.write((query) => putObject(query, hash, bytes, owner)),
    async object(hash) {
      const [row] = await reads.query(
        `SELECT object.size, object.owner, coalesce(min(release_object.release), 0),
          coalesce(max(CASE WHEN release.state = 'approved' THEN release.id ELSE 0 END), 0)
        FROM object LEFT JOIN release_object ON release_object.hash = object.hash
        LEFT JOIN release ON release.id = release_object.release
        WHERE object.hash = ? GROUP BY object.hash, object.size, object.owner`,
        [hash],
      )
      if (row === undefined) return undefined
      const [size, owner, ofAny, ofApproved] = row
      if (Number(ofAny) !== 0 && Number(ofApproved) === 0) return undefined // a draft, or withdrawn
      return { size: Number(size), owner: String(owner), release: Number(ofApproved) }
    },
    async objectBytes(hash, offset, length) {
      const [row] = await reads.query('SELECT substr(bytes, ?, ?) FROM object WHERE hash = ?', [
        offset + 1,
        length,
        hash,
      ])
      return row && bytesOf(row[0])
    },
  }
}

export async function putObject(
  { run }: Query,
  hash: string,
  bytes: Uint8Array,
  owner: string,
): Promise<void> {
  await run(
    'INSERT INTO object (hash, size, owner, bytes) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING',
    [...[hash, bytes.length, owner], bytes],
  )
}

export async function releaseIn({ query }: Query, id: number) {
  const [row] = await query(`SELECT ${RELEASE_COLUMNS} FROM release WHERE id = ?`, [id])
  return row && releaseOf(row)
}
