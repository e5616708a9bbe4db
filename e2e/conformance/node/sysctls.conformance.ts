import { expect } from 'vitest'
import { conformance } from '../framework/conformance.ts'
import { outputOf, podOf, sh } from '../framework/pods.ts'

conformance('[sig-node] Sysctls [LinuxOnly] [NodeConformance] should support sysctls [MinimumKubeletVersion:1.21] [Environment:NotInUserNS]', async (f) => {
  const pod = podOf('sysctl', { securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] }, containers: [sh('/bin/sysctl kernel.shm_rmid_forced')] })
  expect(await outputOf(f, pod)).toContain('kernel.shm_rmid_forced = 1')
})

conformance('[sig-node] Sysctls [LinuxOnly] [NodeConformance] should reject invalid sysctls [MinimumKubeletVersion:1.21]', async (f) => {
  const sysctls = [{ name: 'foo-', value: 'bar' }, { name: 'kernel.shmmax', value: '100000000' }, { name: 'safe-and-unsafe', value: '100000000' }, { name: 'bar..', value: '42' }]
  const { code, body } = await f.client.ask<{ message: string }>('POST', f.core('pods'), { body: podOf('sysctl', { securityContext: { sysctls } }) })
  expect(code).toBe(422)
  for (const wrong of ['foo-', 'bar..']) expect(body.message).toContain(`Invalid value: "${wrong}"`)
  for (const right of ['kernel.shmmax', 'safe-and-unsafe']) expect(body.message).not.toContain(right)
})
