import { BlockList, isIP } from 'node:net'
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../../common/kube/generated/networking-v1.ts'
import { NetworkPolicies } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { validateSelector } from '../validation/metadata.ts'
import { portName, portNumber } from '../validation/names.ts'
import { defineKind } from './kind.ts'
import { selectorText } from './workload.ts'

const BAD_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

/** NetworkPolicy: who may reach, and be reached by, the pods it selects. Enforced by the network. */
export const networkPolicyKind = defineKind<NetworkPolicy>({
  resource: NetworkPolicies,
  shortNames: ['netpol'],
  hasGeneration: true,
  defaults(policy) {
    const spec = policy.spec as NetworkPolicy['spec'] | undefined
    if (spec === undefined) return
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
    if ((spec.policyTypes?.length ?? 0) === 0) spec.policyTypes = (spec.egress?.length ?? 0) > 0 ? ['Ingress', 'Egress'] : ['Ingress']
  },
  validate(policy, errors) {
    // An object without a spec selects every pod of its namespace, as upstream's empty struct does.
    const spec = policy.spec as NetworkPolicy['spec'] | undefined
    validateSelector(spec?.podSelector, 'spec.podSelector', errors, false)
    spec?.ingress?.forEach((rule, i) => validateRule(`spec.ingress[${String(i)}]`, 'from', rule.ports, rule.from, errors))
    spec?.egress?.forEach((rule, i) => validateRule(`spec.egress[${String(i)}]`, 'to', rule.ports, rule.to, errors))
    const types = spec?.policyTypes ?? []
    if (types.length > 2) errors.invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')
    else types.forEach((type, i) => errors.oneOf(`spec.policyTypes[${String(i)}]`, type, ['Egress', 'Ingress']))
  },
  columns: [
    nameColumn,
    { name: 'Pod-Selector', type: 'string', description: 'The pods that the policy applies to.', cell: (o) => selectorText(o.spec?.podSelector) || '<none>' },
    ageColumn,
  ],
})

function validateRule(at: string, side: 'from' | 'to', ports: readonly NetworkPolicyPort[] = [], peers: readonly NetworkPolicyPeer[] = [], errors: FieldErrors): void {
  ports.forEach((port, i) => validatePort(`${at}.ports[${String(i)}]`, port, errors))
  peers.forEach((peer, i) => validatePeer(`${at}.${side}[${String(i)}]`, peer, errors))
}

function validatePort(at: string, { protocol, port, endPort }: NetworkPolicyPort, errors: FieldErrors): void {
  errors.oneOf(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP'])
  if (typeof port === 'number') {
    errors.check(`${at}.port`, port, portNumber)
    if (endPort === undefined) return
    if (endPort < port) errors.invalid(`${at}.endPort`, endPort, 'must be greater than or equal to `port`')
    errors.check(`${at}.endPort`, endPort, portNumber)
    return
  }
  if (endPort !== undefined) errors.invalid(`${at}.endPort`, endPort, port === undefined ? 'may not be specified when `port` is not specified' : 'may not be specified when `port` is non-numeric')
  errors.check(`${at}.port`, port, portName)
}

function validatePeer(at: string, { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, errors: FieldErrors): void {
  validateSelector(podSelector, `${at}.podSelector`, errors, false)
  validateSelector(namespaceSelector, `${at}.namespaceSelector`, errors, false)
  if (ipBlock !== undefined) validateBlock(`${at}.ipBlock`, ipBlock, errors)
  const selectors = podSelector !== undefined || namespaceSelector !== undefined
  if (!selectors && ipBlock === undefined) errors.required(at, 'must specify a peer')
  else if (selectors && ipBlock !== undefined) errors.forbidden(at, 'may not specify both ipBlock and another peer')
}

function validateBlock(at: string, { cidr, except = [] }: IPBlock, errors: FieldErrors): void {
  if (!cidr) {
    errors.required(`${at}.cidr`)
    return
  }
  const block = parse(cidr)
  if (block === undefined) errors.invalid(`${at}.cidr`, cidr, BAD_CIDR)
  except.forEach((text, i) => {
    const inner = parse(text)
    if (inner === undefined) errors.invalid(`${at}.except[${String(i)}]`, text, BAD_CIDR)
    else if (block !== undefined && !isStrictSubset(inner, block)) errors.invalid(`${at}.except[${String(i)}]`, text, 'must be a strict subset of `cidr`')
  })
}

interface Cidr {
  address: string
  bits: number
  family: 'ipv4' | 'ipv6'
}

function parse(text: string): Cidr | undefined {
  const m = /^([0-9a-fA-F.:]+)\/(0|[1-9]\d{0,2})$/.exec(text)
  const version = isIP(m?.[1] ?? '')
  const bits = Number(m?.[2])
  if (m === null || version === 0 || bits > (version === 4 ? 32 : 128)) return undefined
  return { address: m[1] ?? '', bits, family: version === 4 ? 'ipv4' : 'ipv6' }
}

function isStrictSubset(inner: Cidr, outer: Cidr): boolean {
  if (inner.family !== outer.family || inner.bits <= outer.bits) return false
  const list = new BlockList()
  list.addSubnet(outer.address, outer.bits, outer.family)
  return list.check(inner.address, inner.family)
}
