import type { AccountClaims } from "oidc-provider";

/** A person, as a server describes them. */
export interface DescribedPerson {
  readonly subject: string;
  readonly username: string;
  readonly email: string;
}

/** All that an ID token or the userinfo endpoint may say of a person. The scopes say how much of it. */
export function claimsOf({ subject, username, email }: DescribedPerson): AccountClaims {
  return { sub: subject, name: username, preferred_username: username, email, email_verified: true };
}
