// A Docker from before 20.10, as far as it says: node -e THIS SOCKET REAL-SOCKET passes every request on and makes the version in the answer to /version an old one.
import { createServer, request } from 'node:http'

const [socket, socketPath] = process.argv.slice(1)
createServer((asked, answer) => {
  const onward = request({ socketPath, method: asked.method, path: asked.url, headers: asked.headers }, (real) => {
    if (!/\/version$/.test(asked.url)) return void real.pipe(answer.writeHead(real.statusCode, real.headers))
    let text = ''
    real.on('data', (chunk) => (text += chunk)).on('end', () => answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...JSON.parse(text), Version: '19.03.15', ApiVersion: '1.40' })))
  })
  onward.on('error', () => answer.destroy())
  asked.pipe(onward)
}).listen(socket, () => process.stdout.write('listening\n'))
// Whoever started this holds the other end.
process.stdin.resume().once('end', () => process.exit(0))
