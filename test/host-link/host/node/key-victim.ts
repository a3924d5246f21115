// A host in a process of its own that loads a key into a terminal whose secure element is in a file, and is killed at a
// commit of its books: `key-victim.ts BOOKS ELEMENT COMMIT before|after`. Prints `whole` where it was not.
import { sqliteStore } from '../../../../host-link/host/node/sqlite-store.ts'
import type { Store } from '../../../../host-link/host/store.ts'
import { converse, deskOn, elementIn, ID, saleWith, signOnWith } from '../remote-rig.ts'
import { terminalNumbered } from '../rig.ts'

const [books = '', file = '', step = '', when = ''] = process.argv.slice(2)
const die = () => process.kill(process.pid, 'SIGKILL')

let posted = 0
let armed = false
const real = sqliteStore(books, { secretCheck: '00000000' })
const store: Store = {
  ...real,
  async transact(decide, likely) {
    let posts = false
    const result = real.transact((seen) => {
      const decided = decide(seen)
      posts = decided.posting !== undefined
      return decided
    }, likely)
    // `result` is not awaited yet: the posting is written and its COMMIT is still to come.
    const mine = armed && posts && posted++ === Number(step)
    if (mine && when === 'before') die()
    const value = await result
    if (mine && when === 'after') die()
    return value
  },
}

const element = elementIn(file)
const desk = deskOn(store, [terminalNumbered(ID)], 5)
const terminal = desk.rig.terminal()
await signOnWith(element, terminal)
await saleWith(element, terminal)
await desk.order()
armed = true
await converse(desk, element)
console.log('whole')
await store.close()
