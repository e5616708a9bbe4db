import { mount } from 'svelte'
import '../app.css'
import App from '../App.svelte'
import type { Connection } from '../connection/connect.ts'
import { preferences } from '../state/preferences.svelte.ts'
import { fakeContract } from './fake-contract.ts'
import type { Scenario } from './scenario.ts'

// The screens on a fake cluster: `?scenario=` lively, empty, bare, loading, error, offline, big, servers, swarm, swarm-new, swarm-empty, swarm-lost; `?link=lost` for a lost engine.
const query = new URLSearchParams(location.search)
const connection: Connection = {
  services: fakeContract((query.get('scenario') ?? 'lively') as Scenario),
  state: query.get('link') === 'lost' ? 'lost' : 'connected',
  onState: () => () => undefined,
}
preferences.restore()
mount(App, { target: document.body, props: { connection } })
