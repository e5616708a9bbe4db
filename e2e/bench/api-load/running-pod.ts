interface RunningPod {
  readonly metadata: { readonly name: string } & Record<string, unknown>
  readonly status: object
}

/** A pod as large as a running one of a Deployment is, with its status: lists and watches carry such. */
export function runningPod(i: number): RunningPod & Record<string, unknown> {
  const app = `app-${String(i % 100)}`
  const name = `${app}-7c5ddbdf54-${String(i).padStart(5, '0')}`
  const started = '2026-01-01T00:00:00Z'
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace: 'default', labels: { app, 'pod-template-hash': '7c5ddbdf54', tier: 'backend' }, annotations: { 'kubectl.kubernetes.io/restartedAt': started },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${app}-7c5ddbdf54`, uid: `00000000-0000-4000-8000-${String(i % 100).padStart(12, '0')}`, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      nodeName: `node-${String(i % 100)}`,
      containers: [{
        name: 'app', image: `registry.example.com/team/${app}:1.2.3`, imagePullPolicy: 'IfNotPresent', ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
        env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }, { name: 'LOG_LEVEL', value: 'info' }],
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
        readinessProbe: { httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3 },
        volumeMounts: [{ name: 'config', mountPath: '/etc/app' }],
      }],
      volumes: [{ name: 'config', configMap: { name: app, defaultMode: 420 } }],
    },
    status: {
      phase: 'Running', podIP: `10.244.${String(i % 250)}.${String(Math.floor(i / 250) % 250)}`, hostIP: '192.0.2.10', startTime: started, qosClass: 'Burstable',
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({ type, status: 'True', lastTransitionTime: started })),
      containerStatuses: [{
        name: 'app', ready: true, started: true, restartCount: 0, image: `registry.example.com/team/${app}:1.2.3`, state: { running: { startedAt: started } },
        imageID: `registry.example.com/team/${app}@sha256:${'0123456789abcdef'.repeat(4)}`, containerID: `docker://${'fedcba9876543210'.repeat(4)}`,
      }],
    },
  }
}
