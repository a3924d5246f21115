import { same } from '../../host-link/wire/bytes.ts'
import { CODE, type Code } from '../../host-link/wire/tms/codes.ts'
import type { Order } from '../../host-link/wire/tms/order.ts'
import { PARAMETER_SET_BYTES_MAX } from '../../host-link/wire/tms/parameter-set.ts'
import type { Report } from '../../host-link/wire/tms/report.ts'
import type { Bench } from './bench.ts'
import { KIND, type Stored } from './documents.ts'
import { type FetchEnd, fetchBytes } from './fetch.ts'
import { kept, nameOf } from './record.ts'
import type { StagedSet, UpdaterParts } from './updater.ts'

/** Parameter sets 参数集 on their way: fetched, accepted and kept until they stand in the store. */
export interface Sets {
  /** Fetches what the order lists and is not here; what it does not list any more goes. */
  bring(order: Order): Promise<FetchEnd>
  /** Oldest first. */
  staged(): readonly StagedSet[]
  applied(pseq: number): void
  failed(pseq: number, code: number): void
  /** Which set was not taken last, and why; undefined: the last one was. */
  refusal(): Pick<Report['parameters'], 'code' | 'refused'> | undefined
}

interface Standing extends StagedSet {
  readonly document: Stored
}

/** Reads what is staged; what is not accepted any more (applied just before a cut) is dropped. */
export function makeSets({ device, documents, record, trust, line, pace }: Bench, parts: UpdaterParts): Sets {
  const hashOf = (bytes: Uint8Array): Uint8Array => device.secure.hash(bytes)
  let list: readonly Standing[] = []
  let refusal: ReturnType<Sets['refusal']>
  for (const document of documents.of(KIND.parameters))
    if (stage(document) !== CODE.ok) documents.remove(document)

  function stage(document: Stored): Code {
    const hash = hashOf(document.bytes)
    const set = trust.acceptParameters(document.bytes, hash)
    if (typeof set === 'number') return set
    list = [...list, { set, hash, document }].sort((a, b) => a.set.seq - b.set.seq)
    return CODE.ok
  }
  function drop(which: (each: Standing) => boolean): void {
    for (const { document } of list.filter(which)) documents.remove(document)
    list = list.filter((each) => !which(each))
  }
  /** Told; and where that is the document's own fault (`lasting`) not fetched again. */
  function refuse(hash: Uint8Array, why: number, lasting = true): void {
    refusal = { code: why, refused: hash }
    if (!lasting) return
    const download = record.download()
    record.write({ ...download, refused: kept(download.refused, nameOf(hash)) }, true)
  }
  const isHere = (hash: Uint8Array): boolean => {
    const standing = parts.parameterSet()
    return (
      list.some((each) => same(each.hash, hash)) ||
      (standing !== undefined && same(standing, hash)) ||
      record.download().refused.some((name) => same(name, nameOf(hash)))
    )
  }

  return {
    staged: () => list,
    refusal: () => refusal,
    async bring({ parameterSets, transfer }) {
      drop(({ hash }) => !parameterSets.some((each) => same(each.hash, hash)))
      for (const object of parameterSets) {
        if (isHere(object.hash)) continue
        if (object.size > PARAMETER_SET_BYTES_MAX) {
          refuse(object.hash, CODE.malformed)
          continue
        }
        const bytes = await fetchBytes(line, object, transfer, pace, hashOf)
        if ('kind' in bytes) return bytes
        const accepted = trust.acceptParameters(bytes, object.hash)
        const written = typeof accepted === 'number' ? accepted : documents.write(KIND.parameters, bytes)
        if (written === 'fault') return { kind: 'fault' }
        const [document] = documents.of(KIND.parameters).slice(-1)
        if (written === 'written' && document !== undefined) {
          refusal = undefined
          stage(document)
        } else if (written === 'noSpace') refuse(object.hash, CODE.noSpace, false)
        else refuse(object.hash, Number(written), trust.state() === CODE.ok)
      }
      return { kind: 'done' }
    },
    applied(pseq) {
      trust.confirmParameters(pseq)
      drop(({ set }) => set.seq <= pseq)
    },
    failed(pseq, why) {
      for (const { hash } of list.filter(({ set }) => set.seq === pseq)) refuse(hash, why)
      drop(({ set }) => set.seq === pseq)
    },
  }
}
