import { StoreError, type Credential } from "@org/auth-core";
import { credentialToJson } from "@org/auth-core/storage";
import type { StoreKind } from "./store-kind.ts";

/** Throws {@link StoreError} (`store_unavailable`) unless a store has given back what it was given. */
export function requireSame(given: Credential, back: Credential | undefined, kind: StoreKind | "credential"): void {
  const text = (credential: Credential): string => JSON.stringify(credentialToJson(credential));
  if (back !== undefined && text(back) === text(given)) return;
  throw new StoreError("store_unavailable", `the ${kind} store did not give back what it was given`);
}
