/** What a private registry is logged in to with, for the pods of one namespace. */
export interface RegistryLogin {
  namespace: string
  /** Its address, with a port where it is not the usual one: `ghcr.io`, `registry.example.com:5000`; '' is Docker Hub. */
  server: string
  username: string
  /** A password or a token. It goes into a Secret and is never read back by the screens. */
  password: string
}
