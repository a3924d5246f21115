import { describe, expect, test } from 'vitest'
import type { Command, Policy, TargetState } from '../../../host-link/tms/model.ts'
import {
  begunSets,
  desiredOf,
  desiredText,
  newestProgram,
  ORDER_SECONDS,
  type RankedTarget,
  reportedSets,
  signedOrder,
} from '../../../host-link/tms/order.ts'
import { readEnvelope } from '../../../host-link/wire/tms/envelope.ts'
import { decodeOrder, ORDER_BYTES_MAX } from '../../../host-link/wire/tms/order.ts'

const policy: Policy = {
  ...{
    earliest: 5,
    windowFrom: 60,
    windowTo: 300,
    deadline: 9_000,
    deferrals: 3,
    allowOpenBatch: false,
    automatic: true,
  },
}

function ranked(rank: number, state: TargetState, change: Partial<RankedTarget> = {}): RankedTarget {
  return {
    ...{
      deployment: rank,
      serial: 'S1',
      kind: 'program',
      wave: 0,
      state,
      code: 0,
      percent: 0,
      waiting: 0,
      object: String(rank).repeat(64),
    },
    ...{
      size: 300,
      orderNo: 7,
      queuedAt: 1,
      notifiedAt: 1,
      endedAt: 0,
      updatedAt: 1,
      rank,
      policy,
      paused: false,
      pseq: 0,
      effective: 0,
      ...change,
    },
  }
}

const command = (id: number): Command => ({
  ...{
    id,
    serial: 'S1',
    kind: 'lock',
    argument: new Uint8Array(0),
    state: 'waiting',
    code: 0,
    result: new Uint8Array(0),
  },
  ...{ createdBy: 'anna', createdAt: 1, endedAt: 0 },
})

const terms = {
  tenant: 'test',
  serial: 'S1',
  nonce: '0102030405060708',
  orderNo: 7,
  now: 1_000,
  blockMax: 4_096,
  windowMax: 65_536,
  source: 0,
}

describe('what a terminal is to have', () => {
  test('the newest that has begun; one that waits its turn is not it', () => {
    const targets = [ranked(2, 'notified'), ranked(3, 'waiting'), ranked(1, 'superseded')]
    expect(newestProgram(targets)?.rank).toBe(2)
    expect(begunSets(targets)).toEqual([])
  })

  test('what was cancelled offers nothing, and what it had superseded does not come back', () => {
    expect(desiredOf([ranked(1, 'superseded'), ranked(2, 'cancelled')], []).program).toBeUndefined()
    expect(desiredOf([ranked(1, 'notified'), ranked(2, 'failed')], []).program).toBeUndefined()
    expect(desiredOf([ranked(1, 'confirmed'), ranked(2, 'downloading')], []).program?.deployment).toBe(2)
  })

  test('a deployment that is paused offers nothing, but to who is about to start its program or tries it', () => {
    const offered = (state: TargetState) =>
      desiredOf([ranked(1, 'downloading'), ranked(2, state, { paused: true })], []).program?.deployment
    expect((['queued', 'notified', 'downloading', 'downloaded', 'deferred'] as const).map(offered)).toEqual([
      ...[undefined, undefined, undefined, undefined, undefined],
    ])
    expect((['armed', 'trial'] as const).map(offered)).toEqual([2, 2])
    const set = ranked(3, 'notified', { kind: 'parameters', paused: true })
    expect(desiredOf([set], []).parameters).toEqual([])
  })

  test('the order says so, with the policy of its deployment, at most 8 commands, and an end', () => {
    const sets = ranked(4, 'queued', { kind: 'parameters', object: 'ab'.repeat(32) })
    const desired = desiredOf(
      [ranked(2, 'queued'), sets],
      Array.from({ length: 9 }, (_, id) => command(id + 1)),
    )
    const envelope = signedOrder(desired, terms, { kid: new Uint8Array(8), sign: () => new Uint8Array(64) })
    const order = decodeOrder(readEnvelope(envelope, ORDER_BYTES_MAX).payload)
    expect(order).toMatchObject({
      ...{ tenant: 'test', serial: 'S1', seq: 7, created: 1_000, expires: 1_000 + ORDER_SECONDS },
      ...{ nonce: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), program: { order: 7, size: 300 }, policy },
      ...{ transfer: { blockMax: 4_096, windowMax: 65_536, source: 0 } },
    })
    expect(order.commands).toHaveLength(8)
    expect(order.parameterSets).toHaveLength(1)
  })

  test('sets for now and for times ahead go together, by number, three at most', () => {
    const set = (pseq: number, state: TargetState, effective = 0) =>
      ranked(pseq, state, { kind: 'parameters', object: String(pseq).repeat(64), pseq, effective })
    const sets = [set(7, 'queued', 900), set(5, 'notified'), set(6, 'downloading', 500), set(4, 'superseded')]
    expect(desiredOf(sets, []).parameters.map(({ pseq }) => pseq)).toEqual([5, 6, 7])
    expect(desiredOf([...sets, set(8, 'queued', 990)], []).parameters.map(({ pseq }) => pseq)).toEqual([
      5, 6, 7,
    ])
    const told = (inForce: number) =>
      reportedSets([set(3, 'confirmed'), set(5, 'confirmed'), ...sets.slice(2)], String(inForce).repeat(64))
    expect(told(5).map(({ pseq }) => pseq)).toEqual([5, 6])
    expect(told(6).map(({ pseq }) => pseq)).toEqual([6]) // 5 is past: that 6 stands is no drift
    expect(told(3).map(({ pseq }) => pseq)).toEqual([5, 6])
  })

  test('another object, deployment, policy or command makes another order; progress does not', () => {
    const text = (target: RankedTarget, commands: readonly Command[] = []) =>
      desiredText(desiredOf([target], commands))
    const base = text(ranked(2, 'notified'))
    expect(text(ranked(2, 'downloading', { percent: 50, updatedAt: 9 }))).toBe(base)
    for (const other of [
      ranked(2, 'notified', { object: '9'.repeat(64) }),
      ranked(2, 'notified', { policy: { ...policy, deferrals: 1 } }),
      ranked(2, 'notified', { queuedAt: 2 }),
      ranked(3, 'notified'),
    ])
      expect(text(other)).not.toBe(base)
    expect(text(ranked(2, 'notified'), [command(1)])).not.toBe(base)
  })
})
