import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { GroupView } from '../../api-terminals.ts'
import { call } from '../call.ts'
import { Act } from '../part/act.tsx'
import { filterFault } from '../part/filter.tsx'
import { Field, Loaded, Panel } from '../part/panel.tsx'
import { wordsIn } from '../plan.ts'
import { linkTo } from '../route.ts'
import { useCall, useUi } from '../ui.ts'

/** 分组: by a filter that is looked at anew each time, or by a list. */
export function Groups(): JSX.Element {
  const { say, may } = useUi()
  const asked = useCall('groups', {}, 10_000)
  return (
    <Panel title={say('groups')} side={may('editGroups') ? <PutGroup done={asked.reload} /> : undefined}>
      <Loaded asked={asked}>
        {(groups) =>
          groups.length === 0 ? (
            <p class="quiet pad">{say('noGroups')}</p>
          ) : (
            <div class="scroll">
              <table data-testid="groups">
                <thead>
                  <tr>
                    <th>{say('groupName')}</th>
                    <th class="number">{say('terminals')}</th>
                    <th>{say('groupRule')}</th>
                    <th>{say('note')}</th>
                    <th />
                  </tr>
                </thead>
                <tbody>
                  {groups.map((group) => (
                    <GroupRow key={group.name} group={group} done={asked.reload} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </Panel>
  )
}

function GroupRow({
  group,
  done,
}: {
  readonly group: GroupView
  readonly done: () => Promise<void>
}): JSX.Element {
  const { say, may, tell } = useUi()
  const { name, note, rule, terminals } = group
  return (
    <tr>
      <th>
        <a href={linkTo(['terminals'], { group: name })} data-testid={`group-${name}`}>
          {name}
        </a>
      </th>
      <td class="number">{terminals}</td>
      <td class="why">
        {rule.kind === 'filter' ? (
          <code>{rule.text}</code>
        ) : (
          `${say('ruleList')} · ${say('nTerminals', { n: rule.serials.length })}`
        )}
      </td>
      <td class="why">{note}</td>
      <td class="number">
        {may('planDeployment') ? (
          <a href={linkTo(['deployments', 'new'], { group: name })}>{say('newDeployment')}</a>
        ) : null}{' '}
        {may('editGroups') ? (
          <>
            <PutGroup group={group} done={done} />{' '}
            <Act
              id={`drop-group-${name}`}
              look="plain"
              label={say('delete')}
              ask={say('dropGroupAsk', { name, n: terminals })}
              go={async () => {
                await call('dropGroup', { path: name })
                tell(say('done'))
                await done()
              }}
            />
          </>
        ) : null}
      </td>
    </tr>
  )
}

function PutGroup({
  group,
  done,
}: {
  readonly group?: GroupView
  readonly done: () => Promise<void>
}): JSX.Element {
  const { say, tell, locale } = useUi()
  const [form, setForm] = useState({
    ...{ name: group?.name ?? '', note: group?.note ?? '', kind: group?.rule.kind ?? 'filter' },
    text: group?.rule.kind === 'filter' ? group.rule.text : '',
    serials: group?.rule.kind === 'list' ? group.rule.serials.join('\n') : '',
  })
  const wrong = form.kind === 'filter' ? filterFault(form.text, locale) : undefined
  const { kind, text } = form
  async function put(): Promise<void> {
    const rule = kind === 'filter' ? { kind, text: text.trim() } : { kind, serials: wordsIn(form.serials) }
    await call('putGroup', { path: form.name.trim(), body: { note: form.note, rule } })
    tell(say('done'))
    await done()
  }
  return (
    <Act
      id={group === undefined ? 'new-group' : `edit-group-${group.name}`}
      look={group === undefined ? 'main' : 'plain'}
      label={say(group === undefined ? 'newGroup' : 'edit')}
      ask={say('putGroupAsk')}
      go={put}
    >
      <Field label={say('groupName')}>
        <input
          value={form.name}
          required
          maxLength={40}
          disabled={group !== undefined}
          data-testid="group-name"
          onInput={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
      </Field>
      <Field label={say('groupRule')}>
        <select
          value={kind}
          data-testid="group-kind"
          onChange={(event) =>
            setForm({ ...form, kind: event.currentTarget.value === 'list' ? 'list' : 'filter' })
          }
        >
          <option value="filter">{say('ruleFilter')}</option>
          <option value="list">{say('ruleList')}</option>
        </select>
      </Field>
      {kind === 'filter' ? (
        <Field label={say('filter')}>
          <input
            class="mono"
            value={text}
            placeholder={say('filterExample')}
            spellcheck={false}
            data-testid="group-filter"
            onInput={(event) => setForm({ ...form, text: event.currentTarget.value })}
          />
        </Field>
      ) : (
        <Field label={say('serials')}>
          <textarea
            rows={5}
            class="mono"
            value={form.serials}
            data-testid="group-serials"
            onInput={(event) => setForm({ ...form, serials: event.currentTarget.value })}
          />
        </Field>
      )}
      {wrong === undefined || text === '' ? null : <p class="error">{wrong}</p>}
      <Field label={say('note')}>
        <input
          value={form.note}
          maxLength={200}
          onInput={(event) => setForm({ ...form, note: event.currentTarget.value })}
        />
      </Field>
    </Act>
  )
}
