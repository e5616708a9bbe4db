/** Names of sig-node that have no test here, and why. */
export const node: Readonly<Record<string, string>> = {
  '[sig-node] Security Context when creating containers with AllowPrivilegeEscalation should not allow privilege escalation when false [LinuxOnly] [NodeConformance]': 'not written yet',
}
