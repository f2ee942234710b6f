/** A stable name for what went wrong. */
export type AuthErrorCode =
  | "access_denied"
  | "ambiguous_login"
  | "bad_id_token"
  | "bad_response"
  | "body_not_replayable"
  | "clock_skew"
  | "config_invalid"
  | "config_missing"
  | "config_unchanged"
  | "device_code_expired"
  | "host_not_allowed"
  | "insecure_endpoint"
  | "insufficient_scope"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_scope"
  | "issuer_mismatch"
  | "keyring_denied"
  | "keyring_hung"
  | "keyring_locked"
  | "keyring_missing"
  | "login_pending"
  | "login_required"
  | "login_timeout"
  | "network"
  | "no_credential"
  | "partial_credential"
  | "passphrase_wrong"
  | "redirect_refused"
  | "redirect_unavailable"
  | "secret_in_argv"
  | "server_error"
  | "server_unavailable"
  | "step_up_required"
  | "store_corrupt"
  | "store_locked"
  | "store_newer"
  | "store_tampered"
  | "store_too_large"
  | "store_unavailable"
  | "timeout"
  | "tls_untrusted"
  | "token_in_url"
  | "token_short_lived"
  | "ttl_unavailable"
  | "unknown_login"
  | "unsupported_by_server"
  | "untrusted_origin"
  | "usage"
  | "wrong_account";

export interface ErrorCodeFacts {
  readonly meaning: string;
  readonly whatToDo: string;
  /** The same call may succeed later with nothing changed. */
  readonly retryable?: true;
}

/**
 * Every code an {@link AuthError} can carry: what it means and what to do. Codes are frozen once released. No program is
 * named: each product has its own.
 * `docs/errors.md` is this table for people, and a test keeps the two equal.
 */
export const errorCodes: Readonly<Record<AuthErrorCode, ErrorCodeFacts>> = {
  usage: {
    meaning: "The command or option does not exist, or its value cannot be used.",
    whatToDo: "See what the command `help` says.",
  },
  secret_in_argv: {
    meaning: "A secret is on the command line, where every user of the machine can read it.",
    whatToDo: "Pipe it in, or paste it where it is asked for. Have a new one made if others may have seen it.",
  },
  config_invalid: {
    meaning: "A setting has a value that cannot be used.",
    whatToDo: "Mend it at the place the message names.",
  },
  config_missing: {
    meaning: "A setting that is needed has no value.",
    whatToDo: "Set it by the flag or variable the message names.",
  },
  config_unchanged: {
    meaning: "The configuration cannot be changed in this way, and is as it was.",
    whatToDo: "Do what the message says, or change the file with an editor.",
  },

  login_required: {
    meaning: "A person must sign in: there is no login, or the server has ended it.",
    whatToDo: "Sign in, with the command `login`.",
  },
  step_up_required: {
    meaning: "The API wants a stronger or a more recent sign-in than the token's.",
    whatToDo: "Sign in again, in the way that the API asks for.",
  },
  insufficient_scope: {
    meaning: "The token lacks a scope that the API wants for this.",
    whatToDo: "Sign in again with that scope, by `login --scope`.",
  },
  ambiguous_login: {
    meaning: "More than one login fits.",
    whatToDo: "Name one with `--site`, `--issuer` or `--profile`.",
  },
  no_credential: {
    meaning: "No place that was asked had a credential.",
    whatToDo: "Follow one of the hints, or sign in with the command `login`.",
  },
  partial_credential: {
    meaning: "A place holds only part of a credential.",
    whatToDo: "Complete it or remove it at the place the message names.",
  },
  ttl_unavailable: {
    meaning: "The server gives no token that lives as long as was asked.",
    whatToDo: "Ask for less with `--min-ttl`.",
  },
  token_short_lived: {
    meaning:
      "The server's tokens are dead, or nearly, when they arrive. Another is asked for every ten seconds at most.",
    whatToDo: "Have the server give tokens that live for more than a second.",
    retryable: true,
  },

  access_denied: {
    meaning: "The person, or the server's policy, refused.",
    whatToDo: "Ask whoever grants access, then sign in again.",
  },
  login_timeout: { meaning: "Nobody completed the sign-in in time.", whatToDo: "Sign in again, or use `--device`." },
  device_code_expired: {
    meaning: "The device code ran out, or was used up, before it was approved.",
    whatToDo: "Start again with `login --device`.",
  },
  login_pending: { meaning: "The sign-in waits for its person.", whatToDo: "Approve it, then resume." },
  unknown_login: {
    meaning: "No pending sign-in has this id.",
    whatToDo: "Start again with `login --device`.",
  },
  redirect_unavailable: {
    meaning: "No address for the browser to come back to could be opened.",
    whatToDo: "Free one of the configured ports, or use `--device`.",
  },
  unsupported_by_server: {
    meaning: "The authorization server does not offer this.",
    whatToDo: "Use another way to sign in.",
  },

  network: {
    meaning: "The server could not be reached, or the connection broke.",
    whatToDo: "Try again when it is reachable. What is stored stays as it was.",
    retryable: true,
  },
  timeout: {
    meaning: "The server did not answer in time.",
    whatToDo: "Try again. What is stored stays as it was.",
    retryable: true,
  },
  tls_untrusted: {
    meaning: "The server's certificate or its TLS is not accepted, so nothing was sent.",
    whatToDo:
      "If an authority of your organisation's own signed it, name that authority's certificate file in `NODE_EXTRA_CA_CERTS` or in the site's `ca_file`.",
  },
  server_unavailable: {
    meaning: "The server says that it cannot answer now (429 or 5xx).",
    whatToDo: "Try again later. Nothing is lost.",
    retryable: true,
  },

  invalid_grant: {
    meaning: "The server does not accept this code, refresh token, password or assertion, or no longer does.",
    whatToDo: "Sign in again, with the command `login`.",
  },
  invalid_client: {
    meaning: "The server does not know the client, or its authentication failed.",
    whatToDo: "Check the client id, and its secret or key.",
  },
  invalid_scope: { meaning: "The server does not grant these scopes.", whatToDo: "Ask for others with `--scope`." },
  server_error: {
    meaning: "The server refused the request for a reason of its own.",
    whatToDo: "See what the server said.",
  },

  bad_response: {
    meaning: "The server's answer is not what the protocol says.",
    whatToDo: "Check the address; report it to whoever runs the server.",
  },
  bad_id_token: {
    meaning: "The ID token does not prove who signed in.",
    whatToDo: "Do not go on; report it to whoever runs the server.",
  },
  clock_skew: {
    meaning: "This machine's clock is too far from the server's to tell whether an ID token is of this moment.",
    whatToDo: "Set the clock, then sign in again.",
  },
  issuer_mismatch: {
    meaning: "An answer names another issuer than the one asked.",
    whatToDo: "Check the issuer, letter by letter.",
  },
  insecure_endpoint: {
    meaning: "An address is not `https:`, nor `http:` on this machine's own loopback.",
    whatToDo: "Use an `https:` address.",
  },
  host_not_allowed: {
    meaning: "The address is not one the credential may be sent to, so nothing was sent.",
    whatToDo: "Use one of the API's own addresses, or go without a token.",
  },
  untrusted_origin: {
    meaning: "Only a file that anyone could have put into the working directory says where the credential would go.",
    whatToDo: "Name the address yourself, or trust the file with the command `trust`.",
  },
  wrong_account: {
    meaning: "Another account has signed in than the profile is for.",
    whatToDo: "Sign in with the right account, or name another profile.",
  },
  token_in_url: {
    meaning: "The address has an access token in its query, which logs and other sites get to see. Nothing was sent.",
    whatToDo: "Leave it out: the token goes along in a header.",
  },
  body_not_replayable: {
    meaning: "The request has to be sent once more, and its body is a stream, which is used up.",
    whatToDo: "Send it again with a new stream, or give the body as `replayable(() => stream)`.",
    retryable: true,
  },
  redirect_refused: {
    meaning: "The API redirects in a way that cannot be followed safely.",
    whatToDo: "Call the final address itself.",
  },

  store_locked: {
    meaning: "Another process holds the credential for too long.",
    whatToDo: "Wait for it, or end it.",
    retryable: true,
  },
  store_unavailable: {
    meaning: "The credential store cannot be used.",
    whatToDo: "Do what the message says, or choose another with `--store`.",
  },
  store_corrupt: {
    meaning: "What is kept cannot be read. It is never overwritten: a change puts it aside first.",
    whatToDo: "Sign in again; the message names the file.",
  },
  store_newer: { meaning: "What is kept was written by a newer release.", whatToDo: "Update this program." },
  store_tampered: {
    meaning: "What is kept was not sealed for this credential with this key: it was changed, or put there by another.",
    whatToDo: "Move the file away and sign in again; find out who writes to that folder.",
  },
  store_too_large: {
    meaning: "The credential is larger than the store can keep.",
    whatToDo: "Choose another store with `--store`.",
  },
  keyring_missing: {
    meaning: "This session has no keyring: no D-Bus, or no Secret Service on it.",
    whatToDo: "Start one, or choose another store with `--store`.",
  },
  keyring_locked: {
    meaning: "The keyring is locked and nobody unlocked it.",
    whatToDo: "Unlock it, or choose another store with `--store`.",
  },
  keyring_denied: {
    meaning: "The keyring refused this program.",
    whatToDo: "Allow it, or choose another store with `--store`.",
  },
  keyring_hung: {
    meaning: "The keyring did not answer in time.",
    whatToDo: "Answer its prompt or restart it, or choose another store with `--store`.",
  },
  passphrase_wrong: {
    meaning: "The passphrase is not the one that the credentials were sealed with.",
    whatToDo: "Give the right one; without it they cannot be opened.",
  },
};
