import type { Schema } from '../definitions.ts'
import { count, flag, kindOf, ref, text, whole, words } from './shapes.ts'

// Kinds of copies of volumes, described as Kubernetes describes its own. VolumeSnapshot is upstream's, of its CSI group.

const time = (description: string): Schema => ({ type: 'string', format: 'date-time', description })
const HOLD = text('What keeps the data whole while it is copied: Freeze (default; containers are held still for as long as a copy on the same disk takes), Stop (pods are ended and started again), None.')
const FREEZE: Schema = count('With Freeze: containers are held still no longer than this; the backup fails then. Default 60.')
const kind = (group: string, name: string, prefix: string, description: string): Schema => kindOf(name, description, { spec: ref(`${prefix}.${name}Spec`), status: ref(`${prefix}.${name}Status`) }, ['spec'], group)
const OURS = 'dev.toque.v1'
const SNAPSHOT = 'io.k8s.storage.snapshot.v1'

/** Definitions by name. */
export const VOLUME_COPY_DEFINITIONS: Readonly<Record<string, Schema>> = {
  [`${OURS}.CopyTarget`]: {
    type: 'object', description: 'Where a copy is kept; exactly one of these.',
    properties: {
      folder: { type: 'object', description: 'A folder of the machine that the engine runs on.', properties: { path: text('Its whole path; made when it is missing.') }, required: ['path'] },
      server: { type: 'object', description: 'Another server: a Docker volume there.', properties: { name: text('Its name.') }, required: ['name'] },
      s3: {
        type: 'object', description: 'A bucket of an S3-compatible service.', required: ['endpoint', 'bucket', 'secretName'],
        properties: {
          endpoint: text('https://s3.example.com'), bucket: text('Its name; it must be there.'), prefix: text('Before the names of what is put there.'), region: text('Default us-east-1.'),
          secretName: text('A Secret of this namespace with accessKeyId and secretAccessKey (and sessionToken, where there is one).'),
        },
      },
    },
  },
  [`${OURS}.VolumeBackup`]: kind('toque.dev', 'VolumeBackup', OURS, "One copy of a claim's data. Deleting it deletes the copy, and gives up one that is being made."),
  [`${OURS}.VolumeBackupSpec`]: {
    type: 'object', required: ['claimName', 'target'],
    properties: { claimName: text('A claim of the same namespace.'), target: ref(`${OURS}.CopyTarget`), hold: HOLD, freezeSeconds: FREEZE },
  },
  [`${OURS}.VolumeBackupStatus`]: {
    type: 'object',
    properties: {
      phase: text('Pending, Running, Succeeded or Failed. Only Succeeded is a copy.'), message: text('What it waits for, or why it failed.'), startTime: time('When it began.'), completionTime: time('When it was over.'),
      file: text('Its name at the target.'), doneBytes: whole('Read so far.'), totalBytes: whole('To be read, roughly.'), bytes: whole("Of the files' bytes."), entries: whole('Files, folders and links.'),
      digest: text('Over everything in it; compared when it is brought back.'), size: text('What the claim asked for.'),
    },
  },
  [`${OURS}.BackupSchedule`]: kind('toque.dev', 'BackupSchedule', OURS, 'Makes VolumeBackups at the times of a schedule, and deletes those that are too old.'),
  [`${OURS}.BackupScheduleSpec`]: {
    type: 'object', required: ['schedule', 'claims', 'target'],
    properties: {
      schedule: text('In cron format: "30 3 * * *", "@daily".'), timeZone: text('Default UTC.'), suspend: flag('Make none for now.'),
      startingDeadlineSeconds: whole('A time that was missed is made up for no later than this.'),
      claims: {
        type: 'object', description: 'Claims of the same namespace, by name and by label.',
        properties: { names: words('By name.'), selector: ref('io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector') },
      },
      target: ref(`${OURS}.CopyTarget`), hold: HOLD, freezeSeconds: FREEZE,
      keep: {
        type: 'object', description: 'What is kept of each claim. The newest good copy always stays. Neither: everything.',
        properties: { count: count('So many good copies.'), days: count('Good copies of so many days.') },
      },
    },
  },
  [`${OURS}.BackupScheduleStatus`]: {
    type: 'object',
    properties: {
      lastScheduleTime: time('The last time that backups were made for.'), nextScheduleTime: time('The next one.'), lastSuccessfulTime: time('When the newest good copy was complete.'),
      lastBackup: { type: 'object', description: 'The newest good copy.', properties: { name: text('Of the VolumeBackup.'), bytes: whole('Its bytes.'), digest: text('Its digest.') }, required: ['name'] },
      active: count('VolumeBackups that are not over.'), message: text('Why the newest one failed; absent: all is well.'),
    },
  },
  [`${SNAPSHOT}.VolumeSnapshot`]: kind('snapshot.storage.k8s.io', 'VolumeSnapshot', SNAPSHOT, "A claim's data of one moment, kept on the claim's server."),
  [`${SNAPSHOT}.VolumeSnapshotSpec`]: {
    type: 'object', required: ['source'],
    properties: {
      source: { type: 'object', description: 'What is copied.', properties: { persistentVolumeClaimName: text('A claim of the same namespace.'), volumeSnapshotContentName: text('Not supported.') } },
      volumeSnapshotClassName: text('There is one way only to make one; any name is fine.'),
    },
  },
  [`${SNAPSHOT}.VolumeSnapshotStatus`]: {
    type: 'object',
    properties: {
      readyToUse: flag('Claims can be made of it.'), creationTime: time('The moment whose data it has.'), restoreSize: text('What the claim asked for.'),
      error: { type: 'object', description: 'Why there is none.', properties: { time: time('When.'), message: text('A sentence.') } },
    },
  },
}
