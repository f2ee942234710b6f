import type { AuthServer } from "./auth-server.ts";

/**
 * Throws `Error` unless the server has got one renewal since it was started: one request with a refresh token. For the
 * crowd of callers, or of processes, that share a login.
 */
export function assertOneRenewal({ tokenRequests, refreshTokenReuses }: AuthServer): void {
  const renewals = tokenRequests("refresh_token");
  if (renewals === 1) return;
  throw new Error(
    `expected one renewal, and the token endpoint got ${renewals} requests with a refresh token, ` +
      `${refreshTokenReuses} of them with one that had been replaced`,
  );
}
