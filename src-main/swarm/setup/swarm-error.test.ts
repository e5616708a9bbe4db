import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { StatusError } from '../../common/errors.ts'
import { DockerUnreachableError } from '../../hosts/host.ts'
import { hasSecret, hidden } from './hidden.ts'
import { explainSwarm, swarmCode, swarmError } from './swarm-error.ts'

const TOKEN = 'SWMTKN-1-49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv-8vxv8rssmk743ojnwacrr2e7c'
const KEY = 'SWMKEY-1-7c37Cc8654o6p38HnroywCi19pllOnGtbdZEgtKxZu8'
const docker = (message: string): Error => Object.assign(new Error(`(HTTP code 503) unexpected - ${message} `), { statusCode: 503, json: { message } })

describe('what Docker says, as a sentence', () => {
  test.each([
    ['This node is not a swarm manager. Worker nodes can\'t be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.', 'NotAManager', /web-1 is a worker, and only managers/],
    ['This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.', 'NotInSwarm', /web-1 is in no swarm/],
    ['This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.', 'AlreadyInSwarm', /leave that one first/],
    ['must specify a listening address because the address to advertise is not recognized as a system address, and a system\'s IP address to use could not be uniquely identified', 'WrongAddress', /choose one of its own/],
    ['could not choose an IP address to advertise since this system has multiple addresses on interface eth0 (10.0.0.1 and 10.0.0.2)', 'WrongAddress', /does not fit web-1/],
    ['rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing dial tcp 10.0.0.1:2377: connect: connection refused"', 'PortClosed', /2377/],
    ['Timeout was reached before node joined. The attempt to join the swarm will continue in the background. Use the "docker info" command to see the current swarm status of your node.', 'PortClosed', /7946/],
    ['rpc error: code = InvalidArgument desc = A valid join token is necessary to join this cluster', 'TokenRefused', /has been rotated/],
    ['invalid join token', 'TokenRefused', /has been rotated/],
    ['remote CA does not match fingerprint. Expected: 1a2b', 'TokenRefused', /another swarm/],
    ['rpc error: code = Unavailable desc = x509: certificate has expired or is not yet valid: current time 2019-01-01T00:00:00Z is before 2026', 'ClockSkew', /clocks of web-1/],
    ['rpc error: code = Unknown desc = The swarm does not have a leader. It\'s possible that too few managers are online. Make sure more than half of the managers are online.', 'QuorumLost', /lost its quorum/],
    ['Swarm is encrypted and needs to be unlocked before it can be used. Please use "docker swarm unlock" to unlock it.', 'Locked', /web-1 is locked/],
    ['swarm cannot be unlocked: invalid key provided', 'WrongKey', /not the unlock key/],
    ['rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm', 'LastManager', /last manager/],
    ['rpc error: code = FailedPrecondition desc = can\'t remove member from the raft: this would result in a loss of quorum', 'QuorumLost', /Without web-1/],
    ['rpc error: code = FailedPrecondition desc = node abc is not down and can\'t be removed', 'NodeNotDown', /still up/],
    ['rpc error: code = FailedPrecondition desc = node abc is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal', 'Refused', /worker first/],
    ['node abc not found', 'NoSuchNode', /no such node/],
    ['rpc error: code = Unknown desc = update out of sequence', 'Changed', /try again/],
    ['listen tcp 0.0.0.0:2377: bind: address already in use', 'PortInUse', /ss -lntup/],
    ['something that nobody has seen before', 'Failed', /Docker on web-1 refused: something that nobody has seen before$/],
  ])('%s', (message, code, sentence) => {
    const error = explainSwarm(docker(message), 'web-1')
    expect(swarmCode(error)).toBe(code)
    expect(error.message).toMatch(sentence)
    expect(error.message).not.toMatch(/rpc error|HTTP code/)
  })

  test('what does not answer in time is the other server when one joins, else the managers', () => {
    const late = docker('rpc error: code = DeadlineExceeded desc = context deadline exceeded')
    expect([swarmCode(explainSwarm(late, 'web-1', true)), swarmCode(explainSwarm(late, 'web-1'))]).toEqual(['PortClosed', 'Timeout'])
  })

  test('a server that is not reached keeps its sentence; an explained error stays', () => {
    expect(swarmCode(explainSwarm(new DockerUnreachableError('web-1 is off.'), 'web-1'))).toBe('Unreachable')
    const once = swarmError('Locked', 'It is locked.')
    expect(explainSwarm(once, 'web-1')).toBe(once)
    expect(swarmCode(new StatusError('Conflict', 'other'))).toBeUndefined()
  })
})

describe('secrets', () => {
  test.each([TOKEN, KEY])('%s is in no text, error, stack or inspection', (secret) => {
    const said = `bad ${secret}, really: "${secret}"`
    for (const error of [explainSwarm(docker(said), 'web-1'), explainSwarm(new Error(said), 'web-1'), swarmError('Failed', said)]) {
      for (const text of [error.message, String(error.stack), inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error.toStatus())]) {
        expect(text).not.toContain(secret)
        expect(hasSecret(text)).toBe(false)
      }
    }
    expect(hidden(said)).toMatch(/^bad SWM(TKN|KEY)-1-…, really/)
  })
})
