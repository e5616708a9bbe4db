import { kubeName } from '../to-kubernetes/names.ts'
import { PART_OF, SCHEDULE } from '../conventions.ts'
import { LOCAL_CLASS } from '../../common/kube/volumes.ts'
import type { Note } from '../report.ts'
import { notSame } from '../report.ts'
import type { Making } from './context.ts'

/** What the config or secret for one key of an object is called: by the key where that is the object's name too. */
export function fileName(object: string, key: string): string {
  return kubeName(key) === object ? key : `${object}_${key}`.replace(/[^a-zA-Z0-9._-]/g, '_')
}

/** ConfigMaps as configs with their content, Secrets as files to be kept beside the Compose file. */
export function contentsOf(making: Making): void {
  for (const [name, { object, note: of }] of making.objects.configs) {
    const note = noteOf(name, object, of)
    note.same('metadata', 'name')
    note.same('metadata', 'labels', PART_OF)
    for (const [key, content] of Object.entries(object.data ?? {})) {
      making.model.configs[fileName(name, key)] = { content }
      note.same('data', key)
    }
    for (const key of Object.keys(object.binaryData ?? {})) note.lost(['binaryData', key], 'A Compose file holds texts only: keep it in a file, and name that.')
    if (object.immutable !== undefined) note.changed('immutable', 'Configs of Swarm never change.')
  }
  for (const [name, { object, note: of }] of making.objects.secrets) {
    const note = noteOf(name, { data: { ...object.data, ...object.stringData } }, of)
    note.same('metadata', 'name')
    note.same('metadata', 'labels', PART_OF)
    const values = { ...Object.fromEntries(Object.entries(object.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')])), ...object.stringData }
    for (const [key, value] of Object.entries(values)) {
      const secret = fileName(name, key)
      const file = `./secrets/${secret}`
      making.model.secrets[secret] = { file }
      making.files[file] = value
      note.changed([object.stringData?.[key] === undefined ? 'data' : 'stringData', key], `In the file ${file}: a Compose file holds no secret. Keep it out of version control.`)
    }
    if (object.type !== undefined) note.changed('type', 'Docker knows no types: log in to a registry by docker login, and give certificates as files.')
    if (object.immutable !== undefined) note.changed('immutable', 'Secrets of Swarm never change.')
  }
}

/** One file of the object's name is the object; of several, each is by itself. */
function noteOf(name: string, { data = {} }: { data?: object }, note: Note): Note {
  const keys = Object.keys(data)
  return keys.length === 1 && kubeName(keys[0] ?? '') === name ? note : notSame(note, 'Each of its files is by itself in Compose, with a name of its own.')
}

/** Claims as named volumes. */
export function claimNotes(making: Making): void {
  for (const [name, { object, note }] of making.objects.claims) {
    making.model.volumes[name] ??= {}
    claimNote(object, note)
  }
}

/** A claim that one service alone mounts is a part of that service: on the way back it is made by a StatefulSet. */
export function claimsOfOne(making: Making): void {
  const why = 'Data of this service alone: taken to Kubernetes again it is a StatefulSet, which makes the claim.'
  const users = (claim: string): boolean[] => Object.values(making.model.services).filter(({ volumes = [] }) => volumes.some(({ source }) => source === claim)).map(({ deploy }) => deploy?.mode === 'replicated' && deploy.labels?.[SCHEDULE] === undefined)
  for (const [name, { note }] of making.objects.claims) {
    const own = users(name)
    if (own.length !== 1 || own[0] !== true) continue
    for (const path of [['metadata', 'name'], ['apiVersion'], ['kind']]) note.changed(path, why)
    for (const place of making.claimed) if (place.claim === name) place.note.changed(['persistentVolumeClaim', 'claimName'], why)
  }
}

/** What a Docker volume cannot say of a claim. */
export function claimNote(claim: { spec?: { storageClassName?: string } }, note: Making['objects']['services'][number]['note']): void {
  for (const path of [['metadata', 'name'], ['apiVersion'], ['kind'], ['metadata', 'labels', PART_OF]]) note.same(...path)
  note.lost(['spec', 'resources'], 'A Docker volume has no size: watch the disk.')
  note.changed(['spec', 'accessModes'], 'A Docker volume is on one node, and whoever runs there may mount it.')
  if (claim.spec?.storageClassName === LOCAL_CLASS) note.changed(['spec', 'storageClassName'], 'A Docker volume is on the disk of its node, too.')
  else if (claim.spec?.storageClassName !== undefined) note.lost(['spec', 'storageClassName'], 'Choose a volume driver, if the local disk is not what you want.')
}
