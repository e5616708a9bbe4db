import type { CustomResourceDefinitionSpec } from '../../../../common/kube/generated/apiextensions-v1.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { validateWebhookClientConfig } from '../../webhooks/validate.ts'

/** Versions of ConversionReview that are understood. */
const REVIEW_VERSIONS = ['v1'] as const

/** Checks how a definition's versions become each other. */
export function validateConversion({ conversion }: CustomResourceDefinitionSpec, errors: FieldErrors): void {
  const path = 'spec.conversion'
  if (conversion === undefined) return
  errors.oneOf(`${path}.strategy`, conversion.strategy, ['None', 'Webhook'])
  const { webhook } = conversion
  if (conversion.strategy !== 'Webhook') {
    if (webhook !== undefined) errors.forbidden(`${path}.webhook`, 'should not be set when strategy is not set to Webhook')
    return
  }
  if (webhook?.clientConfig === undefined) return errors.required(`${path}.webhook.clientConfig`, 'required when strategy is set to Webhook')
  validateWebhookClientConfig(webhook.clientConfig, `${path}.webhook.clientConfig`, errors)
  const reviews = webhook.conversionReviewVersions as string[] | undefined
  if (reviews === undefined || reviews.length === 0) errors.required(`${path}.webhook.conversionReviewVersions`)
  else if (!reviews.some((version) => (REVIEW_VERSIONS as readonly string[]).includes(version))) {
    errors.invalid(`${path}.webhook.conversionReviewVersions`, reviews, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`)
  }
}
