import {
  apiKey,
  clientSecret,
  pendingLogin,
  tokenSet,
  type Account,
  type ApiTarget,
  type AuthorizationServer,
  type Credential,
  type Ended,
  type TokenSet,
} from "./index.ts";
import { unknownFields, withUnknownFields, type Json, type JsonObject } from "./unknown-fields.ts";

/**
 * A credential with its secrets, as plain JSON: for stores, which must be careful with it. `JSON.stringify` on the
 * credential itself writes `[redacted]`.
 */
export function credentialToJson(credential: Credential): Json {
  return withUnknownFields(knownFields(credential), credential.unknownFields);
}

function knownFields(credential: Credential): JsonObject {
  const open = { ...credential } as unknown as JsonObject;
  switch (credential.kind) {
    case "api-key":
      return { ...open, apiKey: credential.apiKey };
    case "client-secret":
      return { ...open, clientSecret: credential.clientSecret };
    case "pending-login":
      return { ...open, deviceCode: credential.deviceCode };
    case "token-set":
      return {
        ...open,
        accessToken: credential.accessToken,
        refreshToken: credential.refreshToken,
        dpopKey: credential.dpopKey,
      };
  }
}

/**
 * Reads what {@link credentialToJson} wrote, with what a newer release has put beside it. Throws `TypeError`, which names
 * the field and no value, for all else.
 */
export function credentialFromJson(json: unknown): Credential {
  const credential = readKnown(json, undefined);
  const unknown = unknownFields(json as JsonObject, knownFields(credential));
  return unknown === undefined ? credential : readKnown(json, unknown);
}

function readKnown(json: unknown, unknownFields: JsonObject | undefined): Credential {
  const field = fieldsOf(json, "credential");
  const kind = field.text("kind");
  switch (kind) {
    case "api-key":
      return apiKey({
        apiKey: field.text("apiKey"),
        expiresAtMs: field.optional("expiresAtMs", () => field.number("expiresAtMs")),
        keyId: field.optionalText("keyId"),
        account: field.optional("account", (value) => account(fieldsOf(value, "account"))),
        api: field.optional("api", (value) => api(fieldsOf(value, "api"))),
        unknownFields,
      });
    case "client-secret":
      return clientSecret({
        issuer: field.text("issuer"),
        clientId: field.text("clientId"),
        clientSecret: field.text("clientSecret"),
        unknownFields,
      });
    case "pending-login":
      return pendingLogin({
        server: server(field.object("server")),
        clientId: field.text("clientId"),
        profile: field.text("profile"),
        deviceCode: field.text("deviceCode"),
        intervalMs: field.number("intervalMs"),
        expiresAtMs: field.number("expiresAtMs"),
        scopes: field.texts("scopes"),
        resources: field.optional("resources", () => field.texts("resources")),
        audiences: field.optional("audiences", () => field.texts("audiences")),
        api: field.optional("api", (value) => api(fieldsOf(value, "api"))),
        unknownFields,
      });
    case "token-set":
      return tokenSet({
        server: server(field.object("server")),
        clientId: field.text("clientId"),
        accessToken: field.text("accessToken"),
        refreshToken: field.optionalText("refreshToken"),
        ...binding(field),
        obtainedAtMs: field.number("obtainedAtMs"),
        expiresAtMs: field.optional("expiresAtMs", () => field.number("expiresAtMs")),
        scopes: field.texts("scopes"),
        resources: field.optional("resources", () => field.texts("resources")),
        audiences: field.optional("audiences", () => field.texts("audiences")),
        account: field.optional("account", (value) => account(fieldsOf(value, "account"))),
        acr: field.optionalText("acr"),
        authenticatedAtMs: field.optional("authenticatedAtMs", () => field.number("authenticatedAtMs")),
        api: field.optional("api", (value) => api(fieldsOf(value, "api"))),
        generation: field.number("generation"),
        ended: field.optional("ended", (value) => ended(fieldsOf(value, "ended"))),
        unknownFields,
      });
    default:
      throw new TypeError("credential.kind is none that this release knows");
  }
}

/** Reads what `JSON.stringify` makes of a server. Throws `TypeError`, which names the field and no value, for all else. */
export function authorizationServerFromJson(json: unknown): AuthorizationServer {
  return server(fieldsOf(json, "server"));
}

function server(field: Fields): AuthorizationServer {
  return {
    issuer: field.text("issuer"),
    tokenEndpoint: field.text("tokenEndpoint"),
    authorizationEndpoint: field.optionalText("authorizationEndpoint"),
    deviceAuthorizationEndpoint: field.optionalText("deviceAuthorizationEndpoint"),
    pushedAuthorizationRequestEndpoint: field.optionalText("pushedAuthorizationRequestEndpoint"),
    pushedAuthorizationRequestRequired: field.optionalFlag("pushedAuthorizationRequestRequired"),
    revocationEndpoint: field.optionalText("revocationEndpoint"),
    userinfoEndpoint: field.optionalText("userinfoEndpoint"),
    jwksUri: field.optionalText("jwksUri"),
    issParameterSupported: field.flag("issParameterSupported"),
    dpopSupported: field.optionalFlag("dpopSupported"),
  };
}

/** A token that has to be sent with proofs is worth nothing without what signs them. */
function binding(field: Fields): Pick<TokenSet, "dpopKey" | "tokenType"> {
  const tokenType = field.optional("tokenType", (value): "DPoP" => {
    if (value === "DPoP") return value;
    throw new TypeError("credential.tokenType is none that this release knows");
  });
  return { tokenType, dpopKey: tokenType === undefined ? field.optionalText("dpopKey") : field.text("dpopKey") };
}

function api(field: Fields): ApiTarget {
  return { baseUrl: field.text("baseUrl"), origins: field.texts("origins") };
}

function account(field: Fields): Account {
  return {
    subject: field.text("subject"),
    username: field.optionalText("username"),
    email: field.optionalText("email"),
  };
}

function ended(field: Fields): Ended {
  return { reason: field.text("reason"), atMs: field.number("atMs") };
}

interface Fields {
  flag(name: string): boolean;
  number(name: string): number;
  object(name: string): Fields;
  optional<Value>(name: string, read: (value: unknown) => Value): Value | undefined;
  optionalFlag(name: string): boolean | undefined;
  optionalText(name: string): string | undefined;
  text(name: string): string;
  texts(name: string): readonly string[];
}

function fieldsOf(json: unknown, path: string): Fields {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new TypeError(`${path} is not an object`);
  const own = new Map<string, unknown>(Object.entries(json));

  function check<Value>(name: string, is: (value: unknown) => value is Value, what: string): Value {
    const value = own.get(name);
    if (!is(value)) throw new TypeError(`${path}.${name} is not ${what}`);
    return value;
  }

  const fields: Fields = {
    flag: (name) => check(name, isFlag, "true or false"),
    number: (name) => check(name, isNumber, "a finite number"),
    object: (name) => fieldsOf(own.get(name), `${path}.${name}`),
    optional: (name, read) => {
      const value = own.get(name);
      return value === undefined ? undefined : read(value);
    },
    optionalFlag: (name) => fields.optional(name, () => fields.flag(name)),
    optionalText: (name) => fields.optional(name, () => fields.text(name)),
    text: (name) => check(name, isText, "a text"),
    texts: (name) => check(name, isTexts, "a list of texts"),
  };
  return fields;
}

function isFlag(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
