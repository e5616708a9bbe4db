import type { HorizontalPodAutoscalerBehavior, MetricSpec } from './generated/autoscaling-v2.ts'

// What this cluster's autoscalers know beyond upstream's, each as an annotation of the HorizontalPodAutoscaler.

/** How often it looks, in seconds (1 to 300); without it every 15 s. Its metrics are averages over as long, 5 s at least. */
export const SYNC_PERIOD = 'toque.dev/sync-period-seconds'
/** Scale to zero when every metric has said for so many seconds (60 to 86400) that no pod is needed: a use that rounds to nothing. */
export const SCALE_TO_ZERO_AFTER = 'toque.dev/scale-to-zero-after-seconds'
/**
 * On one that scaled to zero: come back. RFC 3339; counts when it is not before the last scaling. Whoever has work for the pods writes it:
 * `kubectl annotate hpa NAME --overwrite toque.dev/wake-requested-at=$(date -u +%FT%TZ)`.
 */
export const WAKE_REQUESTED_AT = 'toque.dev/wake-requested-at'

/** The annotations that hold whole seconds, and how many they may hold. */
export const SECONDS_ALLOWED: Readonly<Record<string, readonly [least: number, most: number]>> = { [SYNC_PERIOD]: [1, 300], [SCALE_TO_ZERO_AFTER]: [60, 86_400] }

/** The whole seconds that an annotation says; undefined where there are none, or not so many as are allowed. */
export function secondsOf(annotations: Readonly<Record<string, string>> | undefined, name: string): number | undefined {
  const text = annotations?.[name]
  const [least, most] = SECONDS_ALLOWED[name] ?? [0, Infinity]
  return text !== undefined && /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined
}

/** Fills in what a spec's behavior leaves out: both directions as soon as there is a behavior. The window down stays open: it is the controller's. */
export function defaultBehavior(behavior: HorizontalPodAutoscalerBehavior): void {
  behavior.scaleUp = {
    stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }],
    ...behavior.scaleUp,
  }
  behavior.scaleDown = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }], ...behavior.scaleDown }
}

/** Is it the metric that autoscaling/v1 has, and the app's form: the share of the requested CPU? */
export function isCpuShare({ type, resource }: MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined
}
