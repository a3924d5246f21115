import { describe, expect, test } from 'vitest'
import { addressKey, passwordQueue, SHARE_MAX } from '../../../../host-link/tms/node/password-queue.ts'

const work = (done: string[], name: string) => async () => {
  await new Promise((resolve) => setImmediate(resolve))
  done.push(name)
}

describe('passwords that wait', () => {
  test('one after the other, addresses in turn: who comes last of another address waits for one', async () => {
    const [queue, done] = [passwordQueue(), [] as string[]]
    const flood = Array.from({ length: SHARE_MAX }, (_, at) => queue('flood', work(done, `flood ${at}`)))
    await queue('ada', work(done, 'ada'))
    expect(done).toEqual(['flood 0', 'ada'])
    await Promise.all(flood)
    expect(done).toHaveLength(SHARE_MAX + 1)
  })

  test('an address whose share is full is refused, another is not; afterwards it may again', async () => {
    const [queue, done] = [passwordQueue(), [] as string[]]
    const flood = Promise.allSettled(
      Array.from({ length: 3 * SHARE_MAX }, (_, at) => queue('flood', work(done, `flood ${at}`))),
    )
    await queue('ada', work(done, 'ada'))
    const refused = (await flood).filter(({ status }) => status === 'rejected')
    // One of them was being worked on, and waits no longer.
    expect(refused).toHaveLength(2 * SHARE_MAX - 1)
    await queue('flood', work(done, 'flood again'))
    expect(done.at(-1)).toBe('flood again')
  })

  test('from more addresses than there is room for → refused, and never two at a time', async () => {
    const queue = passwordQueue()
    const state = { now: 0, most: 0 }
    const all = Array.from({ length: 300 }, (_, at) =>
      queue(`a${at}`, async () => {
        state.most = Math.max(state.most, ++state.now)
        await new Promise((resolve) => setImmediate(resolve))
        state.now--
      }),
    )
    const settled = await Promise.allSettled(all)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(80)
    expect(state.most).toBe(1)
  })

  test('a work that fails is the fault of who waits for it, and stops nobody', async () => {
    const [queue, done] = [passwordQueue(), [] as string[]]
    const bad = queue('a', () => Promise.reject(new Error('wrong')))
    const good = queue('a', work(done, 'good'))
    await expect(bad).rejects.toThrow('wrong')
    await good
    expect(done).toEqual(['good'])
  })
})

describe('whom a log-in is counted to', () => {
  test.each([
    ['10.0.0.1', undefined, false, '10.0.0.1'],
    ['::ffff:10.0.0.1', undefined, false, '10.0.0.1'],
    ['2001:db8::1', undefined, false, '2001:db8:0:0'],
    ['2001:db8:0:0:ffff::9', undefined, false, '2001:db8:0:0'],
    ['2001:0db8:0:1:1:2:3:4', undefined, false, '2001:db8:0:1'],
    ['fe80::1%eth0', undefined, false, 'fe80:0:0:0'],
    ['::1', undefined, false, '0:0:0:0'],
    ['10.0.0.1', '1.2.3.4', false, '10.0.0.1'],
    ['127.0.0.1', '6.6.6.6, 1.2.3.4', true, '1.2.3.4'],
    ['127.0.0.1', 'nobody', true, '127.0.0.1'],
    ['127.0.0.1', undefined, true, '127.0.0.1'],
    [undefined, undefined, false, ''],
  ])('from %s, forwarded for %s, behind a proxy %s → %s', (remote, forwarded, proxied, key) => {
    expect(addressKey(remote, forwarded, proxied)).toBe(key)
  })
})
