/** The type of a Secret that a controller fills with a token of a service account. */
export const TOKEN_SECRET = 'kubernetes.io/service-account-token'
/** On such a Secret: whose token it has. Its maker says so. */
export const TOKEN_ACCOUNT = 'kubernetes.io/service-account.name'
/** The UID of that account. The controller's. */
export const TOKEN_ACCOUNT_UID = 'kubernetes.io/service-account.uid'
