import type { CredentialKey } from "./credential-key.ts";
import type { Credential } from "./credential.ts";
import type { GivenCredential } from "./given-credential.ts";
import type { Provenance } from "./provenance.ts";

/** A credential and where it came from. */
export interface FoundCredential {
  readonly credential: Credential | GivenCredential;
  readonly provenance: Provenance;
  /** Under which key a store keeps it. Absent: it is in no store. */
  readonly key?: CredentialKey | undefined;
}

/** Finds a credential in one place. */
export interface CredentialProvider {
  /** The place's name, such as `environment`. */
  readonly place: string;
  /** How to put a credential there, for people. */
  readonly hint: string;
  /**
   * `undefined`: there is nothing here, ask the next. It throws when something is here and is broken: stop and say so.
   */
  find(): Promise<FoundCredential | undefined>;
}
