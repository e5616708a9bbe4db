import type { ShapeOf } from '../rpc/shape.ts'
import type { Contract } from './index.ts'

/** The contract at run time: what the RPC may call, and how each method behaves. */
export const CONTRACT: ShapeOf<Contract> = {
  cluster: {
    info: 'call', watchOverview: 'watch', watchApps: 'watch', watchApp: 'watch', watchInstances: 'watch', watchInstance: 'watch', watchNodes: 'watch',
    watchEvents: 'watch', namespaces: 'call', scale: 'call', setImage: 'call', restart: 'call', pause: 'call', rollback: 'call', steer: 'call', saveRegistryLogin: 'call', remove: 'call',
    cordon: 'call', startWithoutData: 'call', drainPlan: 'call', drain: 'stream',
    manifest: 'call', plan: 'call', preview: 'call', apply: 'call', logs: 'stream', exec: 'channel', watchUsage: 'watch',
  },
  modes: { watch: 'watch', choose: 'call' },
  resources: { watchKinds: 'watch', watchTable: 'watch', watchObject: 'watch', kinds: 'call', fields: 'call', scale: 'call', restart: 'call', suspend: 'call', pause: 'call', runNow: 'call' },
  clusters: { watchEngine: 'watch' },
  servers: { watchServers: 'watch', suggestions: 'call', add: 'channel', setZone: 'call', removal: 'call', remove: 'call', reconnect: 'channel', podNetwork: 'call', choosePodNetwork: 'call', terminal: 'channel' },
  driving: { watch: 'watch', recoveryKey: 'call', recoveryKeyKept: 'call', takeOverPlan: 'call', takeOver: 'stream' },
  volumes: { watchClaims: 'watch', watchClaim: 'watch', measure: 'call', onServerLoss: 'call', expand: 'call', restoreLost: 'call', keys: 'call', saveKeys: 'call', plan: 'call', move: 'stream', backUp: 'stream', backups: 'call', restore: 'stream' },
  placement: { explain: 'call', simulate: 'call', rehearseLoss: 'call' },
  jobs: { watchJobs: 'watch', watchJob: 'watch', watchCronJobs: 'watch', watchCronJob: 'watch' },
  autoscaling: { watch: 'watch', watchChart: 'watch', advise: 'call', tryOut: 'call', draft: 'call', wake: 'call' },
  rebalance: { plan: 'call', start: 'call', stop: 'call', keep: 'call', watch: 'watch' },
  stacks: {
    watch: 'watch', watchStack: 'watch', watchFiles: 'watch', watchNetworks: 'watch', readBack: 'call', plan: 'call', deploy: 'channel', removalPlan: 'call', remove: 'channel',
    rotationPlan: 'call', rotate: 'channel', createFile: 'call', removeFile: 'call', createNetwork: 'call', removeNetwork: 'call',
  },
  moves: { watch: 'watch', plan: 'call', run: 'stream', goOn: 'stream', takeBack: 'stream', finish: 'call' },
  swarm: { watch: 'watch', plan: 'call', run: 'stream', addresses: 'call', unlockKey: 'call' },
  doctor: { examine: 'call', pinService: 'call' },
  guide: { recommend: 'call', present: 'call' },
  settings: { read: 'call', write: 'call' },
  desktop: { abilities: 'call', openExternal: 'call', saveFile: 'call', openFile: 'call' },
}
