import { expect } from 'vitest'
import { conformance } from '../framework/conformance.ts'
import { endedPod, logOf, outputOf, podOf, sh } from '../framework/pods.ts'

conformance('[sig-node] Security Context When creating a container with runAsUser should run the container with uid 65534 [LinuxOnly] [NodeConformance]', async (f) => {
  expect(await outputOf(f, podOf('busybox-user-65534', { containers: [{ ...sh('id -u'), securityContext: { runAsUser: 65534 } }] }))).toBe('65534\n')
})

conformance('[sig-node] Security Context should support container.SecurityContext.RunAsUser And container.SecurityContext.RunAsGroup [LinuxOnly]', async (f) => {
  const security = { securityContext: { runAsUser: 1000 }, containers: [{ ...sh('id'), securityContext: { runAsUser: 1001, runAsGroup: 2002 } }] }
  expect(await outputOf(f, podOf('security-context', security))).toMatch(/uid=1001.*gid=2002/)
})

conformance('[sig-node] Security Context should support pod.Spec.SecurityContext.RunAsUser And pod.Spec.SecurityContext.RunAsGroup [LinuxOnly]', async (f) => {
  expect(await outputOf(f, podOf('security-context', { securityContext: { runAsUser: 1001, runAsGroup: 2002 }, containers: [sh('id')] }))).toMatch(/uid=1001.*gid=2002/)
})

conformance('[sig-node] Security Context When creating a pod with privileged should run the container as unprivileged when false [LinuxOnly] [NodeConformance]', async (f) => {
  const container = { ...sh('ip link add dummy0 type dummy || true'), securityContext: { privileged: false } }
  expect(await outputOf(f, podOf('busybox-privileged-false', { containers: [container] }))).toContain('Operation not permitted')
})

conformance('[sig-node] Security Context When creating a pod with readOnlyRootFilesystem should run the container with writable rootfs when readOnlyRootFilesystem=false [NodeConformance]', async (f) => {
  await outputOf(f, podOf('busybox-readonly-false', { containers: [{ ...sh('touch checkfile'), securityContext: { readOnlyRootFilesystem: false } }] }))
})

conformance('[sig-node] Security Context when creating containers with AllowPrivilegeEscalation should not allow privilege escalation when false [LinuxOnly] [NodeConformance]', async (f) => {
  // Upstream's image is a set-user-ID program that says as whom it runs; what keeps it from becoming root is the kernel's flag, which is read here.
  const container = (allowPrivilegeEscalation: boolean): object => ({ ...sh('grep NoNewPrivs /proc/self/status; id -u'), securityContext: { runAsUser: 1000, allowPrivilegeEscalation } })
  const { metadata: { name } } = await endedPod(f, podOf('alpine-nnp-false', { containers: [container(false)] }))
  expect(await logOf(f, name)).toBe('NoNewPrivs:\t1\n1000\n')
  expect(await outputOf(f, podOf('alpine-nnp-true', { containers: [container(true)] }))).toBe('NoNewPrivs:\t0\n1000\n')
})
