import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository } from '../lab/places.ts'
import { run } from '../lab/run.ts'
import { imageFromFiles } from './from-files.ts'
import { renamed, type Image, type ImageFile } from './image.ts'

/** Debian packages that the images are made of: their versions are part of the cache's key, and `prepare` installs them. */
export const PACKAGES = ['nginx-light', 'nginx-common', 'busybox-static', 'curl', 'ca-certificates', 'gcc', 'libc6-dev', 'docker-registry', 'postgresql']

const PASSWD: readonly ImageFile[] = [
  { path: '/etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\nnginx:x:101:101:nginx:/nonexistent:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
  { path: '/etc/group', content: 'root:x:0:\nnginx:x:101:\nnogroup:x:65534:\n' },
  { path: '/etc/nsswitch.conf', content: 'hosts: files dns\n' },
  { path: '/root', directory: true, mode: 0o700 },
]

const NGINX_CONF = `user nginx;
worker_processes 1;
error_log /var/log/nginx/error.log notice;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
  access_log /var/log/nginx/access.log main;
  sendfile on;
  keepalive_timeout 65;
  include /etc/nginx/conf.d/*.conf;
}
`
const NGINX_SITE = `server {
  listen 80;
  server_name localhost;
  location / {
    root /usr/share/nginx/html;
    index index.html index.htm;
  }
  error_page 500 502 503 504 /50x.html;
  location = /50x.html { root /usr/share/nginx/html; }
}
`

function page(title: string): string {
  return `<!DOCTYPE html>\n<html>\n<head>\n<title>${title}</title>\n</head>\n<body>\n<h1>${title}</h1>\n</body>\n</html>\n`
}

/** A shell and its tools, as links to one static busybox; and curl, with a shell's worth of certificates. */
async function shell(): Promise<{ binaries: string[]; copies: string[]; files: ImageFile[] }> {
  const { stdout } = await run('/bin/busybox', ['--list'])
  const links = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')
  return {
    binaries: ['/bin/busybox', '/usr/bin/curl'],
    copies: ['/etc/ssl/certs/ca-certificates.crt'],
    files: [
      ...PASSWD,
      ...links.map((name) => ({ path: `/bin/${name}`, linkTo: '/bin/busybox' })),
    ],
  }
}

/** `busybox`: a shell, its tools and curl. */
export async function busybox(): Promise<Image> {
  return imageFromFiles({ names: ['busybox:latest', 'busybox:1.35'], ...(await shell()), config: { Cmd: ['sh'] } })
}

/**
 * `nginx`, laid out as Docker Hub's: in the foreground, logs on stdout and stderr, a graceful end on SIGQUIT. `nginx:other` says something else on its
 * page, so that a rollout can be seen; `nginx:broken` has a broken configuration and ends at once.
 */
export async function nginx(below: Image): Promise<Image[]> {
  const latest = await imageFromFiles({
    names: ['nginx:latest', 'nginx:1.22', 'nginx:1.22.1', 'nginx:alpine'],
    base: below,
    binaries: ['/usr/sbin/nginx'],
    copies: ['/etc/nginx/mime.types'],
    files: [
      { path: '/etc/nginx/nginx.conf', content: NGINX_CONF },
      { path: '/etc/nginx/conf.d/default.conf', content: NGINX_SITE },
      { path: '/usr/share/nginx/html/index.html', content: page('Welcome to nginx!') },
      { path: '/usr/share/nginx/html/50x.html', content: page('Error') },
      { path: '/var/log/nginx/access.log', linkTo: '/dev/stdout' },
      { path: '/var/log/nginx/error.log', linkTo: '/dev/stderr' },
      { path: '/var/lib/nginx', directory: true },
      { path: '/var/lock', directory: true },
      { path: '/run', directory: true },
    ],
    config: { Cmd: ['nginx', '-g', 'daemon off;'], ExposedPorts: { '80/tcp': {} }, StopSignal: 'SIGQUIT' },
  })
  const other = await imageFromFiles({
    names: ['nginx:other'], base: latest, config: {},
    files: [{ path: '/usr/share/nginx/html/index.html', content: page('Welcome to the other nginx!') }],
  })
  const broken = await imageFromFiles({
    names: ['nginx:broken'], base: latest, config: {},
    files: [{ path: '/etc/nginx/conf.d/default.conf', content: 'this is no configuration\n' }],
  })
  return [latest, other, broken]
}

/** `toque/testapp` (testapp.c says what it does): v1, v2, and one that ends at once. */
export async function testapp(): Promise<Image[]> {
  const dir = await mkdtemp(join(tmpdir(), 'toque-testapp-'))
  try {
    const images: Image[] = []
    for (const version of ['v1', 'v2']) {
      const binary = join(dir, version)
      await run('gcc', ['-O2', '-static', '-pthread', '-s', `-DVERSION="${version}"`, '-o', binary, join(repository, 'e2e/images/testapp.c')])
      images.push(await imageFromFiles({
        names: [`toque/testapp:${version}`],
        files: [...PASSWD, { path: '/testapp', content: await readFile(binary), mode: 0o755 }],
        config: { Entrypoint: ['/testapp'], ExposedPorts: { '8080/tcp': {} } },
      }))
    }
    const [v1] = images
    if (v1 === undefined) throw new Error('no testapp')
    const broken = await imageFromFiles({ names: ['toque/testapp:broken'], base: v1, config: { Env: ['PATH=/', 'START_EXIT=1'] } })
    return [renamed(v1, ...v1.names, 'toque/testapp:latest'), ...images.slice(1), broken]
  } finally {
    await rm(dir, { recursive: true })
  }
}

/** The part of resources/node-helper/image.json that is needed to make the image. */
interface HelperRecipe {
  name: string
  packages: string[]
  binaries: string[]
  globs: string[]
  links: Record<string, string>
  applets: string[]
  files: Record<string, string>
  directories: string[]
  env: Record<string, string>
  entrypoint: string[]
}

export async function readHelperRecipe(): Promise<HelperRecipe> {
  return JSON.parse(await readFile(join(repository, 'resources/node-helper/image.json'), 'utf8')) as HelperRecipe
}

/** The node helper, by its own recipe. */
export async function nodeHelper(): Promise<Image> {
  const recipe = await readHelperRecipe()
  const found = await Promise.all(recipe.globs.map(async (glob) => (await run('sh', ['-c', `ls ${glob}`])).stdout.trim().split('\n')))
  return imageFromFiles({
    names: [recipe.name],
    binaries: recipe.binaries,
    copies: found.flat(),
    files: [
      ...recipe.directories.map((path): ImageFile => ({ path, directory: true, mode: path === '/tmp' ? 0o1777 : 0o755 })),
      ...recipe.applets.map((name) => ({ path: `/bin/${name}`, linkTo: 'busybox' })),
      ...Object.entries(recipe.links).map(([path, linkTo]) => ({ path, linkTo })),
      ...Object.entries(recipe.files).map(([path, content]) => ({ path, content })),
    ],
    config: { Entrypoint: recipe.entrypoint, Env: Object.entries(recipe.env).map(([name, value]) => `${name}=${value}`) },
  })
}
