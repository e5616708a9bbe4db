import { describe, expect, test } from 'vitest'
import { Signer } from '../../../common/kube/signing-request.ts'
import { signerRefuses } from './signer-rules.ts'

const node = { commonName: 'system:node:n', organizations: ['system:nodes'], names: [] as { type: string; value: string }[] }
const dns = { type: 'dns', value: 'n' }
const CLIENT = ['digital signature', 'key encipherment', 'client auth']
const SERVER = ['digital signature', 'key encipherment', 'server auth']

describe('what a signer of the cluster may not sign', () => {
  test.each<[string, string, Partial<typeof node>, string[], string | undefined]>([
    ['a client', Signer.client, { commonName: 'ann', organizations: ['cooks'] }, CLIENT, undefined],
    ['a client, no more than that', Signer.client, {}, ['client auth'], undefined],
    ['a client that serves', Signer.client, {}, [...CLIENT, 'server auth'], 'invalid usage for client certificate: server auth'],
    ['a client that is none', Signer.client, {}, ['digital signature'], 'missing required usage for client certificate: client auth'],
    ['a node as a client', Signer.kubeletClient, {}, CLIENT, undefined],
    ['a node with an elliptic key', Signer.kubeletClient, {}, ['digital signature', 'client auth'], undefined],
    ['a node with a name in DNS', Signer.kubeletClient, { names: [dns] }, CLIENT, 'DNS subjectAltNames are not allowed'],
    ['a node with an address', Signer.kubeletClient, { names: [{ type: 'ip', value: '10.0.0.1' }] }, CLIENT, 'IP subjectAltNames are not allowed'],
    ['a node of another group, too', Signer.kubeletClient, { organizations: ['system:nodes', 'system:masters'] }, CLIENT, 'subject organization is not system:nodes'],
    ['a node by another name', Signer.kubeletClient, { commonName: 'ann' }, CLIENT, 'subject common name does not begin with system:node:'],
    ['a node that serves, as a client', Signer.kubeletClient, {}, SERVER, 'usages did not match ["digital signature" "key encipherment" "client auth"]'],
    ['a node that serves', Signer.kubeletServing, { names: [dns] }, SERVER, undefined],
    ['a node that serves nowhere', Signer.kubeletServing, {}, SERVER, 'DNS or IP subjectAltName is required'],
    ['a node that serves by mail', Signer.kubeletServing, { names: [dns, { type: 'email', value: 'a@b' }] }, SERVER, 'Email subjectAltNames are not allowed'],
    ['a node that serves an address of the web', Signer.kubeletServing, { names: [dns, { type: 'url', value: 'https://a' }] }, SERVER, 'URI subjectAltNames are not allowed'],
    ['a server that is no node', Signer.kubeletServing, { names: [dns], organizations: [] }, SERVER, 'subject organization is not system:nodes'],
    ['a node that serves without saying so', Signer.kubeletServing, { names: [dns] }, CLIENT, 'usages did not match ["digital signature" "key encipherment" "server auth"]'],
    ['anything, of old', Signer.legacyUnknown, { commonName: '' }, [], undefined],
  ])('%s', (_, signer, subject, usages, refusal) => {
    expect(signerRefuses(signer, { ...node, ...subject }, usages)).toBe(refusal)
  })
})
