import { expect, test } from 'vitest'
import { waitingConnection } from '../../../../host-link/host/node/waiting-connection.ts'
import { makeRig } from '../rig.ts'

test('bytes before the books are open → read when they are, as one stream; rubbish ends it', async () => {
  let isUp: (rig: ReturnType<typeof makeRig>['host']) => void = () => {}
  const early = waitingConnection(
    new Promise((resolve) => {
      isUp = resolve
    }),
  )
  const answers = early.receive(Uint8Array.of(0xff))
  expect(early.ended).toBeUndefined()
  isUp(makeRig().host)
  expect(await answers).toEqual([])
  expect(early.ended).toBeUndefined()
  expect(await early.receive(Uint8Array.of(0xff))).toEqual([]) // the length of a frame, in two parts
  expect(early.ended).toBeTypeOf('string')
})
test('a host that does not come up → the bytes are refused', async () => {
  const early = waitingConnection(Promise.reject(new Error('no books')))
  await expect(early.receive(Uint8Array.of(1))).rejects.toThrow('no books')
})
