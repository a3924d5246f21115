import { createHash } from 'node:crypto'
import { ed25519Verify } from '../../../keys/ed25519.ts'
import { readEnvelope } from '../../wire/tms/envelope.ts'
import { decodeRoot, ROLE, ROOT_BYTES_MAX, type RootDocument, same } from '../../wire/tms/root.ts'
import type { RootView } from '../api-releases.ts'
import { rootStep } from '../root-step.ts'
import { accepted, type Face, type Handlers } from './api-face.ts'
import { ApiFault } from './api-input.ts'
import { newestRoot } from './api-release-read.ts'

type RootCalls = 'roots' | 'addRoot'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())

/** 信任根: the documents that terminals go on by from the factory's, each signed by the one before. */
export const rootHandlers: Handlers<RootCalls> = {
  roots: () => async (face) => {
    const later = await face.store.roots()
    return [face.options.factoryRoot, ...later.map(({ bytes }) => bytes)].map((bytes) =>
      viewOf(face, documentOf(bytes)),
    )
  },

  addRoot: ({ bytes }) => {
    if (bytes.length === 0) throw new ApiFault('badInput', 'body: a root document is wanted.', 'body')
    return async (face) => {
      const step = rootStep(await newestRoot(face), bytes, { verify: ed25519Verify, sha256, now: face.now })
      if (step.kind === 'wrong')
        throw new ApiFault('refused', `This root document cannot follow: ${step.why}.`)
      const { root } = step
      accepted(await face.store.addRoot(root.seq, bytes))
      const view = viewOf(face, root)
      await face.audit('rootAdded', `root ${root.seq}`, { hash: hex(sha256(bytes)), ...view.knows })
      face.wake()
      return view
    }
  },
}

function documentOf(bytes: Uint8Array): RootDocument {
  return decodeRoot(readEnvelope(bytes, ROOT_BYTES_MAX).payload)
}

function viewOf({ options }: Pick<Face, 'options'>, root: RootDocument): RootView {
  const names = Object.entries(ROLE)
  const knows = (role: 'director' | 'parameters'): boolean =>
    root.roles.some(
      (entry) => entry.role === ROLE[role] && entry.kids.some((kid) => same(kid, options.signers[role].kid)),
    )
  return {
    ...{ version: root.seq, created: root.created, expires: root.expires, counterFloor: root.counterFloor },
    keys: root.roles.map(({ role, threshold, kids, prefixes }) => ({
      role: [names.find(([, number]) => number === role)?.[0] ?? String(role), ...prefixes].join(' '),
      threshold,
      kids: kids.map(hex),
    })),
    knows: { director: knows('director'), parameters: knows('parameters') },
  }
}
