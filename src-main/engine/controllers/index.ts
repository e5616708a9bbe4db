export type { StartControllersOptions } from './manager.ts'
export { startControllers } from './manager.ts'
export type { ReconcileFailure } from './workqueue/controller.ts'
