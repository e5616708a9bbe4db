import { expect } from 'vitest'
import { conformance } from '../framework/conformance.ts'
import { outputOf, podOf, sh } from '../framework/pods.ts'

conformance('[sig-node] Variable Expansion should allow composing env vars into new env vars [NodeConformance]', async (f) => {
  const env = [{ name: 'FOO', value: 'foo-value' }, { name: 'BAR', value: 'bar-value' }, { name: 'FOOBAR', value: '$(FOO);;$(BAR)' }]
  expect(await outputOf(f, podOf('var-expansion', { containers: [{ ...sh('env'), env }] }))).toContain('FOOBAR=foo-value;;bar-value\n')
})
