import type { Secret } from '../../../common/kube/generated/core-v1.ts'
import type { SecretKey } from '../../../common/kube/secret-key.ts'
import type { Lister } from '../../client/informer.ts'
import { DeliveryError } from './explain.ts'

/** The text that a reference names. Throws a DeliveryError where it is not there. */
export function secretValue(secrets: Pick<Lister<Secret>, 'get'>, { namespace, name, key }: SecretKey): string {
  const secret = secrets.get(namespace, name)
  if (secret === undefined) throw new DeliveryError('SecretMissing', `there is no Secret ${namespace}/${name}: make it, and it goes on by itself`)
  const value = secret.data?.[key]
  if (value === undefined) throw new DeliveryError('SecretMissing', `the Secret ${namespace}/${name} has no key ${key}`)
  return Buffer.from(value, 'base64').toString().trim()
}
