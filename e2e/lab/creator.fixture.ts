// A process that makes a lab and then does nothing, for tests that kill it. Arguments: the lab's ID.
import { Lab } from './lab.ts'

const lab = await Lab.up({ id: process.argv[2] ?? '', hosts: 2 })
await lab.host(1).exec('docker run --detach --name web nginx')
console.log('up')
setInterval(() => {}, 1 << 30)
