/** The token is not one of ours, or no longer valid: 401. */
export class TokenInvalid extends Error {
  override readonly name = 'TokenInvalid';
}
/** A genuine token that was not issued for acting as a user in this API: 403. */
export class TokenScopeMissing extends Error {
  override readonly name = 'TokenScopeMissing';
}
/** The directory's signing keys could not be read. Not the caller's fault: 503, never 401, else the browser loops through sign-in. */
export class IdentityUnavailable extends Error {
  override readonly name = 'IdentityUnavailable';
}
