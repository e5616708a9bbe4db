import { expect, test } from 'vitest'
import { parseTarget } from './server-target.ts'

test.each([
  ['web-1', { host: 'web-1' }],
  ['  10.0.0.5 ', { host: '10.0.0.5' }],
  ['deploy@10.0.0.5', { host: '10.0.0.5', user: 'deploy' }],
  ['deploy@web-1.example.com:2222', { host: 'web-1.example.com', user: 'deploy', port: '2222' }],
  ['web-1:22', { host: 'web-1', port: '22' }],
  ['first.last@corp@web-1', { host: 'web-1', user: 'first.last@corp' }],
  ['ssh://deploy@web-1:2222/', { host: 'web-1', user: 'deploy', port: '2222' }],
  ['ssh://web-1', { host: 'web-1' }],
  ['fd00::5', { host: 'fd00::5' }],
  ['root@[fd00::5]:2222', { host: 'fd00::5', user: 'root', port: '2222' }],
  ['[fd00::5]', { host: 'fd00::5' }],
  ['ssh user@host -p 2222', { host: 'host', user: 'user', port: '2222' }],
  ['$ ssh -p2222 user@host', { host: 'host', user: 'user', port: '2222' }],
  ['ssh -l deploy -i "~/.ssh/id_work" web-1', { host: 'web-1', user: 'deploy', keyFile: '~/.ssh/id_work' }],
  ['ssh -o Port=2200 -o StrictHostKeyChecking=no -A -v web-1', { host: 'web-1', port: '2200' }],
  ['ssh -J jump@bastion web-1 uptime -p', { host: 'web-1' }],
  ['ssh', { host: 'ssh' }],
  ['ssh -v', { host: 'ssh -v' }],
  ['two words', { host: 'two words' }],
  ['', { host: '' }],
])('%j', (text, parts) => expect(parseTarget(text)).toEqual(parts))
