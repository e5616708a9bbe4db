import { ServedCluster } from '/work/wt-sessions/e2e/sessions/served-cluster.ts'
import { writeFileSync } from 'node:fs'
const s = await ServedCluster.start(3)
writeFileSync('/tmp/serve.kubeconfig', s.server.kubeconfig)
console.log(s.server.kubeconfig)
process.on('SIGTERM', () => void s.stop().then(() => process.exit(0)))
setInterval(() => {}, 1000)
