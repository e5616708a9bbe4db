import { describeTransport } from './testing/conformance.ts'
import { memoryTransports } from './testing/memory-transport.ts'

describeTransport('memory', () => {
  const [client, server] = memoryTransports()
  return Promise.resolve({ client, server })
})
