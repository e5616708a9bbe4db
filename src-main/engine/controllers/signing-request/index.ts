import type { ControllerContext, Runnable } from '../context.ts'
import { SigningRequestCleaner } from './cleaner.ts'
import { SigningController } from './signing-controller.ts'
import type { RequestSigner } from './signing-controller.ts'

/** What becomes of requests for certificates. Where there is no signer of the cluster's, they wait for others. */
export function signingRequestControllers(context: ControllerContext, sign: RequestSigner | undefined): Runnable[] {
  return [new SigningRequestCleaner(context), ...(sign === undefined ? [] : [new SigningController(context, sign)])]
}
