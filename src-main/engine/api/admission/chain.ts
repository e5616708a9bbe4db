import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingWebhookConfiguration } from '../../../common/kube/generated/admissionregistration-v1.ts'
import { MutatingWebhookConfigurations, ValidatingAdmissionPolicies, ValidatingAdmissionPolicyBindings, ValidatingWebhookConfigurations } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { Store } from '../../store/store.ts'
import { checkPolicies } from './policies/check.ts'
import { type Policy, policiesOf } from './policies/policy.ts'
import type { AdmissionRequest } from './request.ts'
import { Watched } from './watched.ts'
import { type Hook, type HookContext, hooksOf } from './webhooks/hook.ts'
import { type Complete, mutate } from './webhooks/mutate.ts'
import { validate } from './webhooks/validate.ts'

/** Nobody could mend a configuration that forbids its own removal. */
const EXEMPT = new Set(['mutatingwebhookconfigurations', 'validatingwebhookconfigurations', 'validatingadmissionpolicies', 'validatingadmissionpolicybindings'])
const GROUP = 'admissionregistration.k8s.io'

/** What is asked about every write from outside and inside, once the server's own parts have had their say: webhooks and policies. */
export class AdmissionChain {
  readonly #context: HookContext
  readonly #mutating: Watched<KubeObject, Hook[]>
  readonly #validating: Watched<KubeObject, Hook[]>
  readonly #definitions: Watched<ValidatingAdmissionPolicy, readonly Readonly<ValidatingAdmissionPolicy>[]>
  readonly #bindings: Watched<ValidatingAdmissionPolicyBinding, readonly Readonly<ValidatingAdmissionPolicyBinding>[]>
  #read: { readonly definitions: unknown; readonly bindings: unknown; readonly policies: Policy[] } | undefined

  constructor(store: Store, context: HookContext) {
    this.#context = context
    const made = (configurations: readonly KubeObject[]): Hook[] => hooksOf(configurations as unknown as ValidatingWebhookConfiguration[])
    this.#mutating = new Watched<KubeObject, Hook[]>(store, MutatingWebhookConfigurations, made)
    this.#validating = new Watched<KubeObject, Hook[]>(store, ValidatingWebhookConfigurations, made)
    this.#definitions = new Watched<ValidatingAdmissionPolicy, readonly Readonly<ValidatingAdmissionPolicy>[]>(store, ValidatingAdmissionPolicies, (all) => all)
    this.#bindings = new Watched<ValidatingAdmissionPolicyBinding, readonly Readonly<ValidatingAdmissionPolicyBinding>[]>(store, ValidatingAdmissionPolicyBindings, (all) => all)
  }

  /** Is there nobody who could be asked about this kind? Then a write need not even say what it is. */
  isIdle({ resource: { group, plural } }: AdmissionRequest['kind']): boolean {
    return (this.#mutating.value.length === 0 && this.#validating.value.length === 0 && this.#policies().length === 0) || (group === GROUP && EXEMPT.has(plural))
  }

  /** The object as those want it who may change it; the request's own where none did. Throws StatusErrors. */
  async mutate(request: AdmissionRequest, complete: Complete): Promise<KubeObject | undefined> {
    return mutate(this.#mutating.value, request, this.#context, complete)
  }

  /** Throws a StatusError where somebody refuses the object as it is to be stored. */
  async validate(request: AdmissionRequest): Promise<void> {
    await checkPolicies(this.#policies(), request, this.#context)
    await validate(this.#validating.value, request, this.#context)
  }

  /** Read again where a policy or binding changed. */
  #policies(): readonly Policy[] {
    const [definitions, bindings] = [this.#definitions.value, this.#bindings.value]
    if (this.#read?.definitions !== definitions || this.#read.bindings !== bindings) this.#read = { definitions, bindings, policies: policiesOf(definitions, bindings) }
    return this.#read.policies
  }
}
