import { isAuthError, tell, type AccessToken, type OnEvent, type TokenRefused } from "@org/auth-core";
import { challengesOf } from "./challenge.ts";

/** An API's 401 to a request that carried a token. */
export interface Refusal {
  readonly origin: string;
  readonly token: AccessToken;
  readonly response: Response;
}

/** Those of RFC 6750, 9449 and 9470. Whatever else an API writes there could be the token. */
const reasons =
  /^(insufficient_scope|insufficient_user_authentication|invalid_dpop_proof|invalid_request|invalid_token|use_dpop_nonce)$/;

/** Tells of a refusal, and what became of its request. With nobody to be told, nothing of the answer is looked at. */
export function tellRefusal(
  onEvent: OnEvent | undefined,
  { origin, token: { provenance }, response }: Refusal,
  outcome: TokenRefused["outcome"],
  error?: unknown,
): void {
  if (onEvent === undefined) return;
  const codes = challengesOf(response).map(({ parameters }) => parameters.get("error") ?? "");
  const reason = codes.find((code) => reasons.test(code));
  const why = isAuthError(error) ? { error } : {};
  tell(onEvent, { type: "token-refused", origin, provenance, reason, outcome, ...why });
}
