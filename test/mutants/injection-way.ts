import type { Mutant } from './mutant.ts'

const noKey = 'test/host-link/host/no-master-key.test.ts'
const files = 'test/scripts/provision.test.ts'
const commands = 'test/scripts/host-keys.test.ts'
const people = 'test/scripts/keys-station-console.test.ts'

/** The way of a key from the station to a sale: terminals that come without one, the ZMK at the host, the console. */
export const injectionWay: readonly Mutant[] = [
  {
    id: 'host-no-master-key-unheard',
    rule: 'key loading',
    file: 'host-link/host/key-ring.ts',
    find: '      if (!ring.masters && terminal.masterKey === undefined) {',
    replace: '      if (!ring.masters && terminal.masterKey?.length === 0) {',
    tests: [noKey],
    does: 'Takes a terminal whose key was never imported for one whose books are damaged.',
  },
  {
    id: 'host-imported-key-lost-with-the-file-key',
    rule: 'key loading',
    file: 'host-link/host/master-keys.ts',
    find: "(provisioned === '' || held.provisioned === provisioned)",
    replace: 'held.provisioned === provisioned',
    tests: [noKey],
    does: 'Forgets an imported key when the old one is taken out of the provisioning file.',
  },
  {
    id: 'remote-key-for-an-unknown-one',
    rule: 'key loading',
    file: 'host-link/host/remote-keys.ts',
    find: "          return { result: otherwise('notExpected') }",
    replace: "          return { result: otherwise('keyFault') }",
    tests: [noKey],
    does: 'Tells a terminal whose key nobody imported that the books are damaged.',
  },
  {
    id: 'provision-slot-without-its-key',
    rule: 'key loading',
    file: 'scripts/provision.ts',
    find: '  if (keys.length > 0 && !keys.some(',
    replace: '  if (keys.length > 9 && !keys.some(',
    tests: [files],
    does: 'Takes a slot for the host in which the file has no key.',
  },
  {
    id: 'import-both-whole-and-in-components',
    rule: 'dual control',
    file: 'scripts/host-import-keys.ts',
    find: '  if (count > 0 && zmkFd !== undefined)',
    replace: '  if (count > 3 && zmkFd !== undefined)',
    tests: [commands],
    does: 'Reads components and leaves the whole ZMK that was given unread.',
  },
  {
    id: 'import-fewer-components',
    rule: 'dual control',
    file: 'scripts/host-import-keys.ts',
    find: '  if (componentFd.length > 0 && componentFd.length !== count)',
    replace: '  if (componentFd.length > 3 && componentFd.length !== count)',
    tests: [commands],
    does: 'Asks at the terminal for components of which too few descriptors were given.',
  },
  {
    id: 'console-echoes-passphrases',
    rule: 'secrets are not shown',
    file: 'scripts/keys-station-console.ts',
    find: "        lines.off('close', end)",
    replace: "        lines.removeAllListeners('close')",
    tests: [people, 'test/scripts/injection-way.test.ts'],
    does: 'Leaves the reader of plain questions listening: it shows the passphrase that is typed next.',
  },
]
