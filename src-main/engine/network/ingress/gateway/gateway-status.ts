import { findCondition, withCondition } from '../../../../common/kube/conditions.ts'
import { GATEWAY_CONTROLLER } from '../../../../common/kube/gateway.ts'
import type { Gateway, GatewayStatus, HTTPRoute, HTTPRouteStatus, RouteParentStatus } from '../../../../common/kube/generated/gateway-networking-v1.ts'
import type { Condition } from '../../../../common/kube/generated/meta-v1.ts'
import { semanticEqual } from '../../../../common/kube/equal.ts'
import type { Frozen } from '../../../../common/kube/object.ts'
import type { GatewayModel, ParentVerdict } from './gateway-model.ts'
import { no, yes } from './listeners.ts'
import type { Verdict } from './listeners.ts'

/** Conditions as they are written: who has not changed keeps the time of the last change. `at`: RFC 3339. */
export function conditionsOf(before: readonly Condition[] | undefined, verdicts: readonly Verdict[], generation: number, at: string): Condition[] {
  return verdicts.map((verdict) => {
    const old = findCondition(before, verdict.type)
    const [written] = withCondition(old === undefined ? [] : [old], { ...verdict, observedGeneration: generation, lastTransitionTime: at })
    return written ?? { ...verdict, observedGeneration: generation, lastTransitionTime: at }
  })
}

/** A Gateway's status. `addresses`: of the servers whose proxies serve. Pure. */
export function gatewayStatus({ metadata: { generation = 0 }, spec, status }: Frozen<Gateway>, listeners: NonNullable<ReturnType<GatewayModel['listeners']['get']>>, addresses: readonly string[], at: string): GatewayStatus {
  const refused = listeners.filter(({ served }) => findCondition(served.conditions, 'Accepted')?.status === 'False')
  const isServed = listeners.some(({ served }) => served.accepted)
  const accepted = (spec.addresses ?? []).length > 0 ? no('Accepted', 'UnsupportedAddress', 'It is served on the addresses of the servers: leave spec.addresses out')
    : refused.length > 0 ? { ...(refused.length < listeners.length ? yes : no)('Accepted', 'ListenersNotValid', `Not served: ${refused.map(({ served: { listener, conditions } }) => `listener ${listener.name}: ${findCondition(conditions, 'Accepted')?.message ?? ''}`).join('. ')}`) }
    : yes('Accepted', 'Accepted', 'It is served')
  const programmed = !isServed ? no('Programmed', 'Invalid', 'No listener of it can be served: their conditions say why')
    : addresses.length === 0 ? no('Programmed', 'Pending', "No server's proxy serves it yet; the condition toque.dev/Ingress of the nodes says why")
    : yes('Programmed', 'Programmed', `It is served on ${addresses.join(', ')}`)
  return {
    ...status,
    addresses: isServed ? addresses.map((value) => ({ type: 'IPAddress', value })) : [],
    conditions: conditionsOf(status?.conditions, [accepted, programmed], generation, at),
    listeners: listeners.map(({ served: { listener: { name }, supportedKinds, conditions }, attached }) => ({
      name, supportedKinds, attachedRoutes: attached, conditions: conditionsOf(status?.listeners?.find((one) => one.name === name)?.conditions, conditions, generation, at),
    })),
  }
}

/** An HTTPRoute's status: what others wrote about their parents stays, ours are as they are now. Pure. */
export function routeStatus({ metadata: { generation = 0 }, status }: Frozen<HTTPRoute>, verdicts: readonly ParentVerdict[], at: string): HTTPRouteStatus {
  const before = status?.parents ?? []
  const ours: RouteParentStatus[] = verdicts.map(({ parentRef, conditions }) => {
    const old = before.find((one) => one.controllerName === GATEWAY_CONTROLLER && semanticEqual(one.parentRef, parentRef))
    return { parentRef, controllerName: GATEWAY_CONTROLLER, conditions: conditionsOf(old?.conditions, conditions, generation, at) }
  })
  return { parents: [...before.filter(({ controllerName }) => controllerName !== GATEWAY_CONTROLLER), ...ours] }
}
