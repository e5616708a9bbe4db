/** docker-registry's settings as YAML (JSON is YAML). `listen`: its `http` section. */
export function registryConfig(storage: string, listen: { addr: string; net?: string }): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, cache: { blobdescriptor: 'inmemory' }, delete: { enabled: true } },
    http: listen,
  })
}
