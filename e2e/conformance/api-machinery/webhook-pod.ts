import { eventually } from '../../harness/containers.ts'
import { Refused } from '../framework/cluster-client.ts'
import type { Framework } from '../framework/conformance.ts'
import { httpsService, type HttpsService } from '../framework/https-pod.ts'

/** What upstream's webhook server does at each of its paths: looks for words in the review, and answers. */
const SCRIPT = String.raw`#!/bin/sh
body=$(cat)
uid=$(printf %s "$body" | sed -n 's/^.*"request":{"uid":"\([^"]*\)".*$/\1/p')
has() { case "$body" in *"$1"*) return 0;; esac; return 1; }
answer() {
  printf 'Content-Type: application/json\r\n\r\n{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"%s",%s}}' "$uid" "$1"
  exit
}
allow() { answer '"allowed":true'; }
deny() { answer "\"allowed\":false,\"status\":{\"message\":\"$1\"}"; }
patch() { answer "\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"$(printf %s "$1" | base64 | tr -d '\n')\""; }
stages() {
  has '"mutation-start":"yes"' && ! has '"mutation-stage-1"' && patch '[{"op":"add","path":"/data/mutation-stage-1","value":"yes"}]'
  has '"mutation-stage-1":"yes"' && ! has '"mutation-stage-2"' && patch '[{"op":"add","path":"/data/mutation-stage-2","value":"yes"}]'
  allow
}
case "$PATH_INFO" in
  /always-deny) deny 'this webhook denies all requests';;
  /always-allow-delay-5s) sleep 5; allow;;
  /add-label) patch '[{"op":"add","path":"/metadata/labels","value":{"added-label":"yes"}}]';;
  /pods)
    has '"webhook-e2e-test":"wait-forever"' && sleep 60
    message=
    has '"name":"webhook-disallow"' && message='the pod contains unwanted container name; '
    has '"webhook-e2e-test":"webhook-disallow"' && message="$message"'the pod contains unwanted label; '
    [ -n "$message" ] && deny "$message"
    allow;;
  /pods/attach)
    has '"name":"to-be-attached-pod"' && deny "attaching to pod 'to-be-attached-pod' is not allowed"
    allow;;
  /mutating-pods) patch '[{"op":"add","path":"/spec/initContainers","value":[{"image":"webhook-added-image","name":"webhook-added-init-container","resources":{}}]}]';;
  /configmaps)
    has '"webhook-e2e-test":"webhook-disallow"' && deny 'the configmap contains unwanted key and value'
    allow;;
  /custom-resource)
    if has '"operation":"DELETE"'; then
      has '"webhook-e2e-test":"webhook-nondeletable"' && deny 'the custom resource cannot be deleted because it contains unwanted key and value'
      allow
    fi
    has '"webhook-e2e-test":"webhook-disallow"' && deny 'the custom resource contains unwanted data'
    allow;;
  /crd)
    has '"webhook-e2e-test":"webhook-disallow"' && deny 'the crd contains unwanted label'
    allow;;
  /mutating-configmaps|/mutating-custom-resource) stages;;
  *) printf 'Status: 404 Not Found\r\n\r\n';;
esac
`

const GROUP = '/apis/admissionregistration.k8s.io/v1'

export type Side = 'mutating' | 'validating'

/** What a webhook is about, in a few words; the rest is as upstream's tests have it. */
export interface HookWords {
  readonly name: string
  readonly path: string
  /** `CREATE,UPDATE group/version/resource`; a group of '' is the first. */
  readonly rules: string
  readonly failurePolicy?: 'Fail' | 'Ignore'
  readonly timeoutSeconds?: number
  readonly matchConditions?: readonly { name: string; expression: string }[]
  readonly namespaceSelector?: object
}

/** A webhook server in a pod, and the configurations that send questions there: about the test's own namespace only. */
export class Webhooks {
  readonly #f: Framework
  readonly service: HttpsService

  private constructor(f: Framework, service: HttpsService) {
    this.#f = f
    this.service = service
  }

  static async up(f: Framework): Promise<Webhooks> {
    return new Webhooks(f, await httpsService(f, 'e2e-test-webhook', { script: SCRIPT }))
  }

  /** The path of a configuration, or of all. */
  static path(side: Side, name?: string): string {
    return `${GROUP}/${side}webhookconfigurations${name === undefined ? '' : `/${name}`}`
  }

  hook({ name, path, rules, namespaceSelector = this.#here, ...rest }: HookWords): object {
    const [operations = '', place = ''] = rules.split(' ')
    const [group = '', version = '', ...resource] = place.split('/')
    return {
      name, sideEffects: 'None', admissionReviewVersions: ['v1', 'v1beta1'], rules: [{ operations: operations.split(','), apiGroups: [group], apiVersions: [version], resources: [resource.join('/')] }],
      clientConfig: { service: { namespace: this.#f.namespace, name: this.service.name, path, port: this.service.port }, caBundle: this.service.caBundle }, namespaceSelector, ...rest,
    }
  }

  /** Registers webhooks, gone after the test, and waits until they count; the configuration's name. */
  async register(side: Side, hooks: readonly object[], labels: Record<string, string> = {}): Promise<string> {
    const name = this.#f.unique('e2e-test-webhook')
    await this.#f.client.create(Webhooks.path(side), this.configuration(side, name, hooks, labels))
    this.#f.after(() => this.#f.client.delete(Webhooks.path(side, name)))
    await this.count(name)
    return name
  }

  /** A configuration with a webhook of upstream's kind behind the others: it denies ConfigMaps marked for it. */
  configuration(side: Side, name: string, hooks: readonly object[], labels: Record<string, string> = {}): object {
    const marker = { ...this.hook({ name: `${side}-is-webhook-configuration-ready.k8s.io`, path: '/always-deny', rules: 'CREATE /v1/configmaps' }), objectSelector: { matchLabels: { [name]: 'true' } } }
    return { apiVersion: 'admissionregistration.k8s.io/v1', kind: side === 'mutating' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration', metadata: { name, labels }, webhooks: [...hooks, marker] }
  }

  /** Waits until a configuration counts: its marker is denied. */
  async count(name: string): Promise<void> {
    await eventually(`the configuration ${name} to count`, async () => {
      const refused = await this.#f.client.create(this.#f.core('configmaps'), configMap(this.#f.unique('marker'), {}, { [name]: 'true' })).then(() => undefined, (error: unknown) => error)
      if (!(refused instanceof Refused) || !refused.message.includes('denied')) throw refused instanceof Error ? refused : new Error('not denied yet')
      return true
    })
  }

  get #here(): object {
    return { matchLabels: { 'kubernetes.io/metadata.name': this.#f.namespace } }
  }
}

export function configMap(name: string, data: Record<string, string>, labels?: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(labels === undefined ? {} : { labels }) }, data }
}
