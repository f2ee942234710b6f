import type { AuthErrorCode } from "@org/auth-core";

/** What the process says when it ends. Frozen once released; `help exit-codes` prints them. */
export const exitCodes: Readonly<Record<ExitName, { readonly status: number; readonly meaning: string }>> = {
  done: { status: 0, meaning: "done" },
  unexpected: { status: 1, meaning: "unexpected error" },
  usage: { status: 2, meaning: "unknown command or option, or a setting that cannot be used" },
  unreachable: {
    status: 3,
    meaning: "the server cannot be reached or does not answer; credentials are kept; try again",
  },
  loginRequired: { status: 4, meaning: "login needed: there is no usable credential" },
  denied: { status: 5, meaning: "denied, or refused for safety" },
  store: { status: 6, meaning: "the credential store is locked or cannot be used" },
  notRevoked: { status: 7, meaning: "signed out here, but the server could not be told" },
  pending: { status: 8, meaning: "the sign-in waits for its person" },
  httpError: { status: 22, meaning: "curl: the API answered 400 or more" },
  timeout: { status: 124, meaning: "timed out" },
  interrupted: { status: 130, meaning: "interrupted (SIGINT)" },
  closedPipe: { status: 141, meaning: "whoever read standard output went away (SIGPIPE)" },
  terminated: { status: 143, meaning: "terminated (SIGTERM)" },
};

export type ExitName =
  | "closedPipe"
  | "denied"
  | "done"
  | "httpError"
  | "interrupted"
  | "loginRequired"
  | "notRevoked"
  | "pending"
  | "store"
  | "terminated"
  | "timeout"
  | "unexpected"
  | "unreachable"
  | "usage";

const exitOfError: Readonly<Record<AuthErrorCode, ExitName>> = {
  access_denied: "denied",
  ambiguous_login: "usage",
  bad_id_token: "denied",
  bad_response: "unreachable",
  body_not_replayable: "unexpected",
  clock_skew: "denied",
  config_invalid: "usage",
  config_missing: "usage",
  config_unchanged: "unexpected",
  device_code_expired: "loginRequired",
  host_not_allowed: "denied",
  insecure_endpoint: "denied",
  insufficient_scope: "denied",
  invalid_client: "usage",
  invalid_grant: "loginRequired",
  invalid_scope: "denied",
  issuer_mismatch: "denied",
  keyring_denied: "store",
  keyring_hung: "store",
  keyring_locked: "store",
  keyring_missing: "store",
  login_pending: "pending",
  login_required: "loginRequired",
  login_timeout: "timeout",
  network: "unreachable",
  no_credential: "loginRequired",
  partial_credential: "usage",
  passphrase_wrong: "store",
  redirect_refused: "denied",
  redirect_unavailable: "unexpected",
  secret_in_argv: "usage",
  server_error: "unexpected",
  server_unavailable: "unreachable",
  step_up_required: "loginRequired",
  store_corrupt: "store",
  store_locked: "unreachable",
  store_newer: "store",
  store_tampered: "denied",
  store_too_large: "store",
  store_unavailable: "store",
  timeout: "unreachable",
  tls_untrusted: "unreachable",
  token_in_url: "denied",
  token_short_lived: "unexpected",
  ttl_unavailable: "unexpected",
  unknown_login: "loginRequired",
  unsupported_by_server: "unexpected",
  untrusted_origin: "denied",
  usage: "usage",
  wrong_account: "denied",
};

/** The exit status for an error's code. */
export function exitStatusOf(code: AuthErrorCode): number {
  return exitCodes[exitOfError[code]].status;
}
