// node s3-server.fixture.mjs FOLDER: s3rver in a process of its own, with the bucket "copies"; says its port, and ends with its standard input.
import S3rver from 's3rver'

const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: process.argv[2], configureBuckets: [{ name: 'copies', configs: [] }] })
const { port } = await server.run()
process.stdout.write(`${port}\n`)
process.stdin.resume().on('end', () => process.exit())
