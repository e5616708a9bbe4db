import { expect } from 'vitest'
import type { Volume } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { endedPod, logOf, podOf, sh } from '../framework/pods.ts'

// A path inside a volume of files is mounted by itself, be it a file behind the volume's links.

interface Row {
  name: string
  subPath: string
  /** `pod`: the pod's name. */
  content: string
  source: Omit<Volume, 'name'>
  mountPath?: string
}

const CONTENT = { secret: 'secret-value', configmap: 'configmap-value' }
const CONFIG_MAP = { configMap: { name: 'my-configmap' } }

const ROWS: Row[] = [
  { name: '[sig-storage] Subpath Atomic writer volumes should support subpaths with secret pod', subPath: 'secret-key', content: CONTENT.secret, source: { secret: { secretName: 'my-secret' } } },
  { name: '[sig-storage] Subpath Atomic writer volumes should support subpaths with configmap pod', subPath: 'configmap-key', content: CONTENT.configmap, source: CONFIG_MAP },
  { name: '[sig-storage] Subpath Atomic writer volumes should support subpaths with configmap pod with mountPath of existing file', subPath: 'configmap-key', content: CONTENT.configmap, source: CONFIG_MAP, mountPath: '/etc/resolv.conf' },
  { name: '[sig-storage] Subpath Atomic writer volumes should support subpaths with downward pod', subPath: 'downward/podname', content: 'pod', source: { downwardAPI: { items: [{ path: 'downward/podname', fieldRef: { fieldPath: 'metadata.name' } }] } } },
  {
    name: '[sig-storage] Subpath Atomic writer volumes should support subpaths with projected pod', subPath: 'projected/configmap-key', content: CONTENT.configmap,
    source: { projected: { sources: [{ configMap: { name: 'my-configmap', items: [{ key: 'configmap-key', path: 'projected/configmap-key' }] } }] } },
  },
]

async function makeSources(f: Framework): Promise<void> {
  await f.client.create(f.core('secrets'), { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'my-secret' }, data: { 'secret-key': Buffer.from(CONTENT.secret).toString('base64') } })
  await f.client.create(f.core('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'my-configmap' }, data: { 'configmap-key': CONTENT.configmap } })
}

for (const { name, subPath, content, source, mountPath = '/test-volume' } of ROWS) {
  conformance(name, async (f) => {
    await makeSources(f)
    const whole = [{ name: 'test-volume', mountPath: '/test-volume' }, { name: 'liveness-probe-volume', mountPath: '/probe-volume' }]
    const part = [{ name: 'test-volume', mountPath, subPath }, { name: 'liveness-probe-volume', mountPath: '/probe-volume' }]
    const pod = podOf(f.unique('pod-subpath-test'), {
      securityContext: { seLinuxOptions: { level: 's0:c0,c1' } }, volumes: [{ name: 'test-volume', ...source }, { name: 'liveness-probe-volume', emptyDir: {} }],
      initContainers: [{ name: 'init-volume', image: 'busybox:1.35', ...sh('true'), volumeMounts: whole, securityContext: { privileged: false } }],
      containers: [
        { name: 'test-container-subpath', ...sh(`i=0; while [ $i -lt 10 ]; do echo "content of file: $(cat ${mountPath})"; sleep 1; i=$((i+1)); done`), volumeMounts: part, securityContext: { privileged: false } },
        { name: 'test-container-volume', ...sh('true'), volumeMounts: whole, securityContext: { privileged: false } },
      ],
    })
    const ended = await endedPod(f, pod)
    expect(ended.status?.phase).toBe('Succeeded')
    const lines = (await logOf(f, pod.metadata.name, 'test-container-subpath')).trimEnd().split('\n')
    expect(lines).toEqual(Array.from({ length: 10 }, () => `content of file: ${content === 'pod' ? pod.metadata.name : content}`))
  })
}
