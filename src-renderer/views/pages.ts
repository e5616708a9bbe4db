import type { Component } from 'svelte'
import type { Route } from '../lib/route.ts'

/** Each page's code is loaded when it is first opened: an idle window holds no editor, terminal or chart it has not shown. */
export const PAGES: Record<Exclude<Route['page'], 'lost'>, () => Promise<{ default: Component }>> = {
  overview: () => import('./overview/Overview.svelte'),
  apps: () => import('./apps/Apps.svelte'),
  app: () => import('./apps/App.svelte'),
  pods: () => import('./pods/Pods.svelte'),
  pod: () => import('./pods/Pod.svelte'),
  jobs: () => import('./jobs/Jobs.svelte'),
  job: () => import('./jobs/Job.svelte'),
  cronjob: () => import('./jobs/CronJob.svelte'),
  volumes: () => import('./volumes/Volumes.svelte'),
  volume: () => import('./volumes/Volume.svelte'),
  nodes: () => import('./nodes/Nodes.svelte'),
  node: () => import('./nodes/Node.svelte'),
  resources: () => import('./resources/Resources.svelte'),
  resource: () => import('./resources/Resource.svelte'),
  deploy: () => import('./deploy/Deploy.svelte'),
  stacks: () => import('./stacks/Stacks.svelte'),
  stack: () => import('./stacks/Stack.svelte'),
  files: () => import('./stacks/Files.svelte'),
  editor: () => import('./editor/Editor.svelte'),
  swarm: () => import('./swarm/Swarm.svelte'),
  doctor: () => import('./doctor/Doctor.svelte'),
  which: () => import('./which/Which.svelte'),
}
