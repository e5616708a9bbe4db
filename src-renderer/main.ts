import { mount } from 'svelte'
import './app.css'
import App from './App.svelte'
import { connect } from './connection/connect.ts'
import { preferences } from './state/preferences.svelte.ts'

preferences.restore()
mount(App, { target: document.body, props: { connection: connect() } })
