import { expect, test } from 'vitest'
import { readFacts } from './server-facts.ts'

const TEXT = `web-1
10.0.0.1 50022 10.0.0.11 22
1764000000123
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever
2: eth0    inet 10.0.0.11/24 brd 10.0.0.255 scope global eth0\\       valid_lft forever
3: eth1    inet 192.168.7.2/16 scope global eth1
4: docker0    inet 172.17.0.1/16 scope global docker0

1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue state UNKNOWN
2: eth0@if7: <BROADCAST,UP> mtu 1450 qdisc noqueue state UP
3: eth1: <BROADCAST,UP> mtu 9000 qdisc noqueue state UP
`

test('the address is the one that the connection arrived at; loopback and Docker\'s bridges are no networks of the server\'s', () => {
  expect(readFacts(TEXT)).toEqual({ hostname: 'web-1', address: '10.0.0.11', networks: ['10.0.0.11/24', '192.168.7.2/16'], mtu: 1450, clock: 1764000000123 })
})

test('behind a forwarded port the connection arrives elsewhere: the first address then', () => {
  expect(readFacts(TEXT.replace('10.0.0.11 22', '127.0.0.1 22')).address).toBe('10.0.0.11')
})
