/** What tokens are asked for. A list that is absent or empty is not sent, and the server decides. */
export interface TokenTarget {
  /** What the tokens may do. */
  readonly scopes?: readonly string[] | undefined;
  /** The APIs they are for, by address: `resource` (RFC 8707). Many servers give a token for one API only. */
  readonly resources?: readonly string[] | undefined;
  /** The APIs they are for, by the server's names for them: `audience`. */
  readonly audiences?: readonly string[] | undefined;
  /**
   * Whether they are bound to a key, which is made for them and kept with them, where the server can do that (DPoP, RFC
   * 9449). Such a token is no use without the key, so not to whoever it is shown or handed to. Default: false.
   */
  readonly dpop?: boolean | undefined;
}

/** The parameters for it: all scopes are one, each API is one of its own. Of `extra`, those it does not send itself. */
export function targetParameters(
  { scopes = [], resources = [], audiences = [] }: TokenTarget,
  extra: Readonly<Record<string, string>> = {},
): URLSearchParams {
  const parameters = new URLSearchParams(extra);
  const lists = { scope: scopes.length === 0 ? [] : [scopes.join(" ")], resource: resources, audience: audiences };
  for (const [name, values] of Object.entries(lists)) {
    if (values.length > 0) parameters.delete(name);
    for (const value of values) parameters.append(name, value);
  }
  return parameters;
}
