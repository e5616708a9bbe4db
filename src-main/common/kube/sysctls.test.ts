import { expect, test } from 'vitest'
import { sysctlRefusal } from './sysctls.ts'
import type { SysctlNode } from './sysctls.ts'

const refused = (name: string): string => `"${name}" not allowlisted (the node's annotation toque.dev/allowed-unsafe-sysctls can allow it)`

test.each<[string, string, Parameters<typeof sysctlRefusal>[1], SysctlNode, string | undefined]>([
  ['a safe one', 'kernel.shm_rmid_forced', {}, {}, undefined],
  ['a safe one in the other spelling', 'net/ipv4/tcp_syncookies', {}, { allowed: '' }, undefined],
  ['one that other pods feel', 'kernel.msgmax', {}, {}, refused('kernel.msgmax')],
  ['one that is the whole node\'s', 'vm.swappiness', {}, { allowed: 'vm.swappiness' }, '"vm.swappiness" not allowlisted'],
  ['a name of every object', 'constructor', {}, {}, '"constructor" not allowlisted'],
  ['safe, but the network is the node\'s', 'net.ipv4.tcp_syncookies', { hostNetwork: true }, {}, '"net.ipv4.tcp_syncookies" not allowed with host net enabled'],
  ['safe, but the IPC is the node\'s', 'kernel.shm_rmid_forced', { hostIPC: true }, {}, '"kernel.shm_rmid_forced" not allowed with host ipc enabled'],
  ['safe beside the other namespace', 'kernel.shm_rmid_forced', { hostNetwork: true }, {}, undefined],
  ['safe on a newer kernel only', 'net.ipv4.tcp_rmem', {}, { kernel: '4.14.305-1.el7', allowed: '' }, refused('net.ipv4.tcp_rmem')],
  ['safe on this kernel', 'net.ipv4.tcp_rmem', {}, { kernel: '4.15.0-213-generic', allowed: '' }, undefined],
  ['safe since a smaller minor', 'net.ipv4.tcp_rmem', {}, { kernel: '6.1.0-18-amd64', allowed: '' }, undefined],
  ['of the pod\'s own network', 'net.core.somaxconn', {}, {}, undefined],
  ['of the pod\'s own network, on a node that allows others', 'net.core.somaxconn', {}, { allowed: 'kernel.msg*' }, refused('net.core.somaxconn')],
  ['of the pod\'s own network, on a node that allows none', 'net.core.somaxconn', {}, { allowed: '' }, refused('net.core.somaxconn')],
  ['of the network, which is the node\'s', 'net.core.somaxconn', { hostNetwork: true }, {}, '"net.core.somaxconn" not allowed with host net enabled'],
  ['allowed by the node', 'net.core.somaxconn', {}, { allowed: 'kernel.msgmax, net.core.somaxconn' }, undefined],
  ['allowed by a pattern', 'kernel.msgmax', {}, { allowed: 'kernel.msg*' }, undefined],
  ['not of the pattern', 'kernel.shmmax', {}, { allowed: 'kernel.msg*' }, refused('kernel.shmmax')],
  ['allowed, but the network is the node\'s', 'net.core.somaxconn', { hostNetwork: true }, { allowed: 'net.*' }, '"net.core.somaxconn" not allowed with host net enabled'],
])('%s: %s', (_, name, pod, node, expected) => {
  expect(sysctlRefusal(name, pod, node)).toBe(expected)
})
