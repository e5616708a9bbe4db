/** One value of a Secret, named by an object that is in no namespace itself. */
export interface SecretKey {
  namespace: string
  name: string
  key: string
}
