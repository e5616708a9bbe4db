import type { Check } from '../finding.ts'
import { finding, listed } from '../finding.ts'
import { nodeRef } from '../refs.ts'

/** Log files of containers that grow until the disk is full. */
export const checkLogs: Check = ({ servers, nodes }) => {
  const without = servers.filter(({ log }) => log?.driver === 'json-file' && log.options['max-size'] === undefined)
  if (without.length === 0) return []
  return [finding(
    'warning', 'LogsGrow', `On ${listed(without.map(({ name }) => name))} the logs of containers are written to files that only grow: one that talks much fills the disk.`, without.map(({ node }) => nodeRef(node, nodes)),
    'Put into /etc/docker/daemon.json on each: {"log-driver": "local"} (or "log-opts": {"max-size": "10m", "max-file": "3"}), and restart Docker. It holds for containers made from then on.')]
}
