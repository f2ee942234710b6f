/**
 * What is kept of an authorization server's metadata: the endpoints a credential needs for the rest of its life.
 *
 * It is stored beside the credential, so that renewing in a new process is one request, and so that an endpoint that
 * changes later does not receive a refresh token without a new sign-in.
 *
 * @see [RFC 8414 section 2](https://www.rfc-editor.org/rfc/rfc8414#section-2)
 */
export interface AuthorizationServer {
  /** The issuer identifier, compared letter by letter. */
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** Absent: no sign-in through a browser here. */
  readonly authorizationEndpoint?: string | undefined;
  /** Absent: no device code (RFC 8628) here. */
  readonly deviceAuthorizationEndpoint?: string | undefined;
  /** Absent: authorization requests cannot be pushed (RFC 9126) here. */
  readonly pushedAuthorizationRequestEndpoint?: string | undefined;
  /** It takes only authorization requests that were pushed. Absent: it takes others too. */
  readonly pushedAuthorizationRequestRequired?: boolean | undefined;
  /** Absent: tokens cannot be revoked (RFC 7009) here. */
  readonly revocationEndpoint?: string | undefined;
  /** Absent: it does not tell who a token is for. */
  readonly userinfoEndpoint?: string | undefined;
  /** Absent: ID tokens cannot be checked, so none is accepted. */
  readonly jwksUri?: string | undefined;
  /** The server promises `iss` in its authorization responses (RFC 9207), so one without it is refused. */
  readonly issParameterSupported: boolean;
  /** It can bind tokens to a key (DPoP, RFC 9449), and takes proofs signed with ES256. Absent: it does not say so. */
  readonly dpopSupported?: boolean | undefined;
}
