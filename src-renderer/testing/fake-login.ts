import type { AddServerInput, AddServerOutput, AddServerRequest, AddServerStep } from '../../src-main/common/contract/index.ts'
import type { ScriptIo } from './scripted-channel.ts'

/** The engine's side of a conversation, with a pause for each step. */
export type Conversation = ScriptIo<AddServerInput, AddServerOutput> & { pause: () => Promise<void> }

const FAKE_FINGERPRINT = 'SHA256:uNiVztksCsDhcc0u9e8BrzqW1LWGZQkD9SHGWFjHXpA'

type Failed = Extract<AddServerOutput, { type: 'failed' }>

function failed(reason: string, message: string, field?: Failed['field']): Failed {
  return { type: 'failed', why: { reason, message }, ...(field === undefined ? {} : { field }) }
}

async function step(io: Conversation, name: AddServerStep, message: string): Promise<void> {
  io.say({ type: 'step', step: name, message })
  await io.pause()
}

/** Connects and logs in. The first password or passphrase is always wrong; a host with `otp` in its name also asks for a code. False: it failed. */
export async function fakeLogin(io: Conversation, request: AddServerRequest): Promise<boolean> {
  const { host, port = 22, user = 'root', login } = request
  const where = `${user}@${host}${port === 22 ? '' : `:${String(port)}`}`
  await step(io, 'connect', `${host}, port ${String(port)}`)
  if (host === 'nowhere') return no(io, failed('name', `There is no address for the name "${host}". Check its spelling and this machine's DNS.`, 'host'))
  if (host === 'refused') return no(io, failed('refused', `${host}, port ${String(port)}: the machine is there, but no SSH server listens on this port. Check the port, and that sshd runs.`, 'port'))
  if (!host.includes('known')) {
    io.say({ type: 'host-key', server: port === 22 ? host : `[${host}]:${String(port)}`, keyType: 'ssh-ed25519', fingerprint: FAKE_FINGERPRINT })
    const answer = await io.hear()
    if (answer.type !== 'trust' || !answer.yes) return no(io, failed('host-key-rejected', `The key of ${host} (${FAKE_FINGERPRINT}) was not accepted, so nothing was sent to it. Compare it with what "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" prints on the server itself.`, 'host'))
  }
  await step(io, 'login', `As ${user}`)
  if (login?.type === 'password' || login?.type === 'key') {
    const what = login.type === 'key' ? 'passphrase' as const : 'password' as const
    for (const wrong of [false, true]) {
      io.say({ type: 'ask-secret', what, of: login.type === 'key' ? login.file : where, wrong })
      const answer = await io.hear()
      if (answer.type !== 'secret' || answer.value === undefined) return no(io, failed('auth-failed', `${where} did not let us in. Tried: ${login.type}. Check user and password.`, 'login'))
      await io.pause()
    }
  }
  if (host.includes('otp')) {
    io.say({ type: 'ask', instructions: 'Two-factor authentication is on for this account.', questions: [{ prompt: 'Verification code:', echo: true }, { prompt: 'Staff PIN:', echo: false }] })
    await io.hear()
    await io.pause()
  }
  return true
}

/** Looks at Docker, joins the network and makes it a node. False: it failed. */
export async function fakeSetUp(io: Conversation, request: AddServerRequest, taken: readonly string[]): Promise<boolean> {
  const { host, name = host } = request
  await step(io, 'docker', host === 'no-docker' ? 'Looking for Docker' : 'Docker 28.0.4 on Debian GNU/Linux 12, 4 cores, 8 GiB of memory')
  if (host === 'no-docker') return no(io, failed('docker', `Docker is not installed on ${host}. Install Docker Engine 20.10 or newer there: https://docs.docker.com/engine/install`))
  if (host.includes('theirs')) {
    let wrong: string | undefined
    for (;;) {
      io.say({ type: 'other-cluster', driver: 'mina@studio', driverSeenAgoMs: 3 * 24 * 3_600_000, ...(wrong === undefined ? {} : { wrong }) })
      const answer = await io.hear()
      if (answer.type !== 'join' || answer.recoveryKey === undefined) return no(io, failed('OtherCluster', 'This server belongs to the cluster that mina@studio drives. It was left alone.', 'host'))
      if (answer.recoveryKey.length > 20) break
      wrong = 'A recovery key has 9 groups of 4 letters and digits; this one has 5 of 36 characters.'
    }
    io.say({ type: 'joined', driver: 'mina@studio' })
    return false
  }
  await step(io, 'network', 'Pods get 10.244.4.0/24, over a route to the other servers')
  if (host === 'clash') return no(io, failed('NetworkClash', 'The server\'s own network 10.244.0.0/16 has the same addresses as the pods on kitchen-1 (10.244.1.0/24), so it could not reach them. Give the server another network; or remove kitchen-1 from the cluster, add this server first, then kitchen-1 again.'))
  if (taken.includes(name)) return no(io, failed('NameTaken', `There is a server ${name} already. Choose another name.`, 'name'))
  await step(io, 'node', `Starting the helper on ${name}`)
  if (host === 'slow') await new Promise(() => undefined)
  return true
}

function no(io: Conversation, output: Failed): false {
  io.say(output)
  return false
}
