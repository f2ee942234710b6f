import { asApiKeyFunction, asAzureCredential, authorizedFetch, defaultSource } from "@org/auth-client";
import type { AzureCredential, ResolveOptions } from "@org/auth-client";
import OpenAI from "openai";
import createOpenApiClient, { type Client as OpenApiClient } from "openapi-fetch";

/** A client that is made from an OpenAPI description: `Paths` is what openapi-typescript has written. */
export function openApi<Paths extends object>(baseUrl: string, options: ResolveOptions = {}): OpenApiClient<Paths> {
  const source = defaultSource({ apiUrl: baseUrl, ...options });
  return createOpenApiClient<Paths>({ baseUrl, fetch: authorizedFetch(source, { origins: [baseUrl] }) });
}

/** An SDK that takes a `fetch`. It has to be told to send no key of its own. */
export function models(baseURL: string, options: ResolveOptions = {}): OpenAI {
  const fetch = authorizedFetch(defaultSource({ apiUrl: baseURL, ...options }), { origins: [baseURL] });
  return new OpenAI({ baseURL, fetch, apiKey: "unused", defaultHeaders: { authorization: null } });
}

/** The same SDK, which may ask a function for its key before each request. A refused token is not replaced this way. */
export function modelsByKey(baseURL: string, options: ResolveOptions = {}): OpenAI {
  return new OpenAI({ baseURL, apiKey: asApiKeyFunction(defaultSource({ apiUrl: baseURL, ...options })) });
}

/** What the clients of Azure's SDKs take for a credential. */
export function azureCredential(options: ResolveOptions = {}): AzureCredential {
  return asAzureCredential(defaultSource(options));
}
