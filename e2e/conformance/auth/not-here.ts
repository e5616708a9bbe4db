/** Names of sig-auth that have no test here, and why. */
export const auth: Readonly<Record<string, string>> = {
  '[sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations': 'not written yet',
  '[sig-auth] ServiceAccounts ServiceAccountIssuerDiscovery should support OIDC discovery of service account issuer': 'not written yet',
  '[sig-auth] ServiceAccounts should allow opting out of API token automount': 'not written yet',
  '[sig-auth] ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview': 'not written yet',
  '[sig-auth] ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace': 'not written yet',
  '[sig-auth] ServiceAccounts should mount an API token into pods': 'not written yet',
  '[sig-auth] ServiceAccounts should mount projected service account token': 'not written yet',
  '[sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount': 'not written yet',
  '[sig-auth] ServiceAccounts should update a ServiceAccount': 'not written yet',
  '[sig-auth] SubjectReview should support SubjectReview API operations': 'not written yet',
}
