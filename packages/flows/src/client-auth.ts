import { ClientSecretBasic, ClientSecretPost, None, type ClientAuth } from "oauth4webapi";

/** Who asks: the client as it is registered at the server. */
export interface ClientIdentity {
  readonly clientId: string;
  /** Secret. Absent: a public client, such as a program on a person's computer. */
  readonly clientSecret?: string | undefined;
  /** How the secret is sent (RFC 6749 section 2.3.1). Default: `basic`. */
  readonly authMethod?: "basic" | "post" | undefined;
}

/** How oauth4webapi is to authenticate this client. */
export function clientAuth({ clientSecret, authMethod = "basic" }: ClientIdentity): ClientAuth {
  if (clientSecret === undefined) return None();
  return authMethod === "post" ? ClientSecretPost(clientSecret) : ClientSecretBasic(clientSecret);
}
