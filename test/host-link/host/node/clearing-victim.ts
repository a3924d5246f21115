import { deliverDue } from '../../../../host-link/host/node/clearing-delivery.ts'
import { openClearing } from '../../../../host-link/host/node/clearing-open.ts'

/** Delivers notices until it is killed: books, address. */
const [db = '', url = ''] = process.argv.slice(2)
const database = await openClearing(db)
await deliverDue({ database, url })
await new Promise(() => setInterval(() => {}, 1000))
