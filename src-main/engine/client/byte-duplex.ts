/** What reads from pods over HTTP has the same connection as the API's own proxy. */
export { duplexOf } from '../api/streaming/duplex.ts'
