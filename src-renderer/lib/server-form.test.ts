import { expect, test } from 'vitest'
import { EMPTY_SERVER_FORM, fieldOf, spread, toRequest, validateServer, type ServerForm } from './server-form.ts'

const form = (change: Partial<ServerForm>): ServerForm => ({ ...EMPTY_SERVER_FORM, host: 'web-1', ...change })

test.each<[Partial<ServerForm>, ReturnType<typeof validateServer>]>([
  [{}, {}],
  [{ host: ' ' }, { host: 'host_missing' }],
  [{ host: 'two words' }, { host: 'host_form' }],
  [{ host: '-oProxyCommand=x' }, { host: 'host_form' }],
  [{ host: 'fd00::5' }, {}],
  [{ user: 'a b', port: '0' }, { user: 'user_form', port: 'port_form' }],
  [{ port: '65535' }, {}],
  [{ port: '2222a' }, { port: 'port_form' }],
  [{ login: 'key' }, { keyFile: 'key_missing' }],
  [{ login: 'key', keyFile: '~/.ssh/id' }, {}],
  [{ name: 'Web_1', zone: 'a b' }, { name: 'name_form', zone: 'zone_form' }],
  [{ name: 'web-1.office', zone: 'Office_2' }, {}],
])('%j has the problems %j', (change, problems) => expect(validateServer(form(change))).toEqual(problems))

test('what is left empty is left to ssh', () => {
  expect(toRequest(form({ host: ' web-1 ' }))).toEqual({ host: 'web-1' })
  expect(toRequest(form({ user: 'deploy', port: '2222', login: 'key', keyFile: '~/.ssh/id', name: 'web', zone: 'office' })))
    .toEqual({ host: 'web-1', user: 'deploy', port: 2222, login: { type: 'key', file: '~/.ssh/id' }, name: 'web', zone: 'office' })
  expect(toRequest(form({ login: 'password', keyFile: 'left over' }))).toEqual({ host: 'web-1', login: { type: 'password' } })
})

test('a pasted command goes into its fields, and keeps what it says nothing about', () => {
  expect(spread(form({ host: 'ssh -i ~/.ssh/work deploy@web-9', port: '2200', zone: 'office' })))
    .toEqual({ host: 'web-9', user: 'deploy', port: '2200', login: 'key', keyFile: '~/.ssh/work', name: '', zone: 'office' })
})

test('a failed login points to the key file where one was chosen', () => {
  expect(fieldOf('login', form({ login: 'key' }))).toBe('keyFile')
  expect(fieldOf('login', form({ login: 'agent' }))).toBe('login')
  expect(fieldOf('port', form({}))).toBe('port')
})
