import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { imageFromFiles } from './from-files.ts'
import type { Image } from './image.ts'

const LIB = '/usr/lib/postgresql'
/** What a database of this image is run as, and owns its files. */
const UID = 999
/** Loaded when a database is made or used; the rest of the folder (LLVM, other encodings) is large and not needed. */
const MODULES = ['plpgsql.so', 'dict_snowball.so', 'libpqwalreceiver.so']

/**
 * Makes a database in $PGDATA at the first start (beside it first, so that one that was begun is never taken for one that is whole), and runs it. Everybody
 * who reaches it may log in: it is for tests.
 */
const ENTRYPOINT = `#!/bin/sh
set -e
[ "$1" = postgres ] || exec "$@"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  rm -rf "$PGDATA.new"
  initdb -D "$PGDATA.new" -U postgres -A trust --locale=C --encoding=UTF8
  echo 'host all all all trust' >>"$PGDATA.new/pg_hba.conf"
  mv "$PGDATA.new" "$PGDATA"
fi
exec "$@"
`

/** `postgres`: Debian's PostgreSQL, server and psql, laid out as Docker Hub's: fast shutdown on SIGINT, data in a folder of the volume. */
export async function postgres(below: Image): Promise<Image> {
  const version = (await readdir(LIB)).sort((a, b) => Number(a) - Number(b)).at(-1)
  if (version === undefined) throw new Error('no PostgreSQL is installed')
  const bin = join(LIB, version, 'bin')
  const share = `/usr/share/postgresql/${version}`
  const files = (await readdir(share)).filter((name) => name !== 'man' && name !== 'contrib')
  return imageFromFiles({
    names: ['postgres:latest', `postgres:${version}`],
    base: below,
    binaries: [...['postgres', 'initdb', 'psql', 'pg_isready', 'pg_ctl'].map((name) => join(bin, name)), ...MODULES.map((name) => join(LIB, version, 'lib', name))],
    copies: [...files.map((name) => join(share, name)), '/usr/share/zoneinfo/Etc', '/usr/share/zoneinfo/UTC', '/usr/share/zoneinfo/GMT'],
    files: [
      { path: '/docker-entrypoint.sh', content: ENTRYPOINT, mode: 0o755 },
      { path: '/etc/passwd', content: `root:x:0:0:root:/root:/bin/sh\npostgres:x:${String(UID)}:${String(UID)}:postgres:/var/lib/postgresql:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n` },
      { path: '/etc/group', content: `root:x:0:\npostgres:x:${String(UID)}:\nnogroup:x:65534:\n` },
      { path: '/var/lib/postgresql/data', directory: true, uid: UID, gid: UID },
      { path: '/var/run/postgresql', directory: true, mode: 0o777 },
    ],
    config: {
      Entrypoint: ['/docker-entrypoint.sh'], Cmd: ['postgres', '-c', 'listen_addresses=*', '-c', 'jit=off'], User: 'postgres', StopSignal: 'SIGINT', ExposedPorts: { '5432/tcp': {} },
      Env: [`PATH=${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`, 'PGDATA=/var/lib/postgresql/data/pgdata', 'PGUSER=postgres', 'LC_ALL=C', 'TZ=UTC'],
    },
  })
}
