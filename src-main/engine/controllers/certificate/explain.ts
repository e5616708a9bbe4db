import { messageOf } from '../../../common/errors.ts'
import { AcmeError } from './acme/acme-error.ts'

/** Why there is no new certificate: a reason in one word, and what to do in a sentence. */
export interface Explained {
  reason: string
  message: string
}

/** What an explanation may name. */
export interface Place {
  /** The CA's directory. */
  server: string
  email: string | undefined
  names: readonly string[]
  /** Addresses of the cluster's servers, as clients outside use them. */
  addresses: readonly string[]
}

/** Something that is no answer of the CA's. */
export class IssueError extends Error {
  override readonly name = 'IssueError'
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** Says what a failure means, whom it is about and what to do. The CA's own words come last. Pure. */
export function explain(error: unknown, place: Place): Explained {
  if (error instanceof IssueError) return { reason: error.reason, message: error.message }
  if (error instanceof AcmeError) return explainAcme(error, place)
  const { code = '' } = error as NodeJS.ErrnoException
  const ca = URL.canParse(place.server) ? new URL(place.server).host : place.server
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { reason: 'Unreachable', message: `The CA ${ca} cannot be asked: its name is not found. Is spec.acme.server of the issuer right, and is this machine on the Internet?` }
  if (/CERT|SIGNATURE|ISSUER|TLS|SSL/.test(code)) return { reason: 'UntrustedCA', message: `The CA ${ca} shows a certificate that nobody here trusts (${code}). If it is your own CA, put the certificate that signs it in spec.acme.caBundle of the issuer` }
  return { reason: 'Unreachable', message: `The CA ${ca} cannot be asked: ${messageOf(error)}. It is asked over HTTPS from where the engine runs; a firewall may be in the way` }
}

function explainAcme(error: AcmeError, { server, email, names, addresses }: Place): Explained {
  const host = error.host ?? names.join(', ')
  const servers = addresses.length === 0 ? 'a server of this cluster' : `a server of this cluster (${addresses.join(', ')})`
  const say = (reason: string, message: string): Explained => ({ reason, message: `${message}. The CA says: ${error.message.slice(0, 400)}` })
  // Some CAs tell a name without an address as a connection that failed.
  const type = error.type === 'connection' && /could not resolve|no such host|NXDOMAIN/i.test(error.message) ? 'dns' : error.type
  switch (type) {
    case 'dns': return say('NameNotFound', `The CA finds no address for ${host}: make a DNS record that leads it to ${servers}`)
    case 'connection': return say('PortUnreachable', `The CA could not connect to port 80 of ${host}: DNS has to lead it to ${servers}, and a firewall must let port 80 through to it`)
    case 'unauthorized':
    case 'incorrectResponse': return say('LeadsElsewhere', `Somebody else answers at http://${host}: DNS has to lead it to ${servers}`)
    case 'tls': return say('LeadsElsewhere', `http://${host} was sent on to an HTTPS server that the CA cannot talk to: DNS has to lead it to ${servers}`)
    case 'caa': return say('ForbiddenByDNS', `A CAA record in the DNS of ${host} names the CAs that may sign for it, and this is none of them: change the record or the issuer`)
    case 'rateLimited': return say('RateLimited', 'The CA has given or refused too many certificates for these names lately, and wants to be left alone for a while; it is asked again by itself')
    case 'invalidContact':
    case 'unsupportedContact': return say('BadEmail', `The CA does not take the e-mail address ${email ?? ''}: change spec.acme.email of the issuer`)
    case 'rejectedIdentifier': return say('NameRefused', `The CA signs nothing for ${host}: it must be a name that is public and allowed there`)
    case 'unsupportedIdentifier': return say('NameRefused', `The CA knows nothing of such names as ${host}`)
    case 'externalAccountRequired': return say('AccountRefused', 'The CA gives accounts only to its customers (external account binding), which is not supported here: use another CA')
    case 'userActionRequired': return say('AccountRefused', 'The CA wants its terms of service looked at')
    case 'accountDoesNotExist': return say('AccountLost', 'The CA does not know the account any more; another one is made')
    case 'serverInternal': return say('CAFailed', 'The CA has trouble of its own; it is asked again by itself')
    case 'timeout': return say('TimedOut', `The CA did not come to an end with ${host}`)
    default: return say('Refused', `The CA at ${server} refused${error.type === '' ? '' : ` (${error.type})`}`)
  }
}
