import type { GroupView, SavedFilter } from '../api-terminals.ts'
import { FilterError } from '../filter.ts'
import type { Group } from '../model.ts'
import { serialsOf } from './api-deployment-input.ts'
import { accepted, type Face, type Handlers, notFound } from './api-face.ts'
import { ApiFault, inputOf } from './api-input.ts'
import { filterOf } from './api-terminals.ts'

type GroupCalls = 'groups' | 'putGroup' | 'dropGroup' | 'savedFilters' | 'saveFilter' | 'dropFilter'

/** 分组, and the filters that people keep. */
export const groupHandlers: Handlers<GroupCalls> = {
  groups: () => async (face) => {
    const views: GroupView[] = []
    for (const group of await face.store.groups()) views.push(await viewOf(face, group))
    return views
  },

  putGroup: ({ path, body }) => {
    const input = inputOf(body, ['note', 'rule'])
    const note = input.text('note', 200, 0)
    const rule = input.object('rule', ['kind', 'serials', 'text'])
    const kind = rule.one('kind', ['list', 'filter'])
    const filter = kind === 'filter' ? filterOf(rule.text('text', 1_000), 'rule.text') : ''
    const members = kind === 'list' ? serialsOf(rule, 'serials') : []
    return async (face) => {
      const group: Group = { name: path, filter, members, note }
      accepted(await face.store.putGroup(group))
      await face.audit('groupPut', `group ${path}`, { filter, members: members.length, note })
      return viewOf(face, group)
    }
  },

  dropGroup:
    ({ path }) =>
    async (face) => {
      if ((await face.store.group(path)) === undefined) throw notFound('group')
      accepted(await face.store.dropGroup(path))
      await face.audit('groupDropped', `group ${path}`)
      return {}
    },

  savedFilters: () => async (face) => {
    const rows = await face.query.query(
      'SELECT owner, name, text, shared FROM tms_filter WHERE owner = ? OR shared = 1 ORDER BY name, owner',
      [face.who.name],
    )
    return rows.map(([owner, name, text, shared]) => ({
      ...{ owner: String(owner), name: String(name), text: String(text), shared: shared === 1 },
    }))
  },

  saveFilter: ({ path, body }) => {
    const name = filterName(path)
    const input = inputOf(body, ['text', 'shared'])
    const [text, shared] = [filterOf(input.text('text', 1_000, 0), 'text'), input.flag('shared')]
    return async (face): Promise<SavedFilter> => {
      await face.query.run(
        `INSERT INTO tms_filter (owner, name, text, shared) VALUES (?, ?, ?, ?)
         ON CONFLICT (owner, name) DO UPDATE SET text = excluded.text, shared = excluded.shared`,
        [face.who.name, name, text, shared ? 1 : 0],
      )
      await face.audit('filterSaved', `filter ${name}`, { text, shared })
      return { name, text, shared, owner: face.who.name }
    }
  },

  dropFilter:
    ({ path }) =>
    async (face) => {
      const dropped = await face.query.run('DELETE FROM tms_filter WHERE owner = ? AND name = ?', [
        face.who.name,
        path,
      ])
      if (dropped === 0) throw notFound('filter of your own')
      await face.audit('filterDropped', `filter ${path}`)
      return {}
    },
}

function filterName(name: string): string {
  if (!/^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._-]{0,39})$/u.test(name))
    throw new ApiFault('badInput', 'name: 1 to 40 letters, digits, blanks, . _ and - are wanted.', 'name')
  return name
}

async function viewOf({ store }: Face, { name, filter, members, note }: Group): Promise<GroupView> {
  const rule =
    filter === '' ? { kind: 'list' as const, serials: members } : { kind: 'filter' as const, text: filter }
  return { name, note, rule, terminals: await counted(store, name) }
}

/** A group whose filter the service no longer reads has nobody in it. */
async function counted(store: Face['store'], group: string): Promise<number> {
  try {
    return await store.countTerminals({ group })
  } catch (error) {
    if (error instanceof FilterError) return 0
    throw error
  }
}
