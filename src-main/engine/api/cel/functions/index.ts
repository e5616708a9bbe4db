import { OPERATORS } from '../operators.ts'
import { AUTHORIZER } from './authorizer.ts'
import type { Overload } from './define.ts'
import { formOf } from './define.ts'
import { IPS } from './ips.ts'
import { LISTS, OPTIONALS } from './lists.ts'
import { NAMED_FORMATS } from './named-formats.ts'
import { QUANTITIES } from './quantities.ts'
import { REGEX } from './regex.ts'
import { STANDARD } from './standard.ts'
import { STRINGS } from './strings.ts'
import { URLS } from './urls.ts'

/** The functions an expression may call: by name, whether it is a method, and the number of its arguments. */
export class Functions {
  readonly #forms = new Map<string, Overload[]>()
  readonly #names = new Set<string>()

  constructor(overloads: readonly Overload[]) {
    for (const overload of overloads) {
      const form = formOf(overload.name, overload.isMethod, overload.takes.length)
      this.#forms.set(form, [...(this.#forms.get(form) ?? []), overload])
      this.#names.add(overload.name)
    }
  }

  /** The forms that a call may mean. `arity` counts a method's receiver. */
  find(name: string, isMethod: boolean, arity: number): readonly Overload[] {
    return this.#forms.get(formOf(name, isMethod, arity)) ?? []
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }
}

/** Everything that Kubernetes' expressions may call. */
export const KUBERNETES_FUNCTIONS = new Functions([...OPERATORS, ...STANDARD, ...STRINGS, ...LISTS, ...OPTIONALS, ...REGEX, ...URLS, ...IPS, ...QUANTITIES, ...NAMED_FORMATS, ...AUTHORIZER])
