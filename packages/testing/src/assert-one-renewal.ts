import type { AuthServer } from "./auth-server.ts";

/**
 * Throws `Error` unless the server has got one renewal since it was started: one request with a refresh token, not
 * counting one that had to learn the server's nonce. For the crowd of callers, or of processes, that share a login.
 */
export function assertOneRenewal(server: AuthServer): void {
  const { tokenRequests, refreshTokenReuses, refreshTokensWithoutNonce } = server;
  const renewals = tokenRequests("refresh_token") - refreshTokensWithoutNonce;
  if (renewals === 1) return;
  throw new Error(
    `expected one renewal, and the token endpoint got ${renewals} requests with a refresh token, ` +
      `${refreshTokenReuses} of them with one that had been replaced`,
  );
}
