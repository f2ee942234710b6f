/** Runs the contracts against a real keyring and prints what each case came to: `contract-program.ts BACKEND`. */
import { memoryMutex, type CredentialStore, type Seal } from "@org/auth-core";
import { sealContract } from "@org/auth-core/seal-contract";
import { storeContract } from "@org/auth-core/store-contract";
import { keyringSeal, keyringStore } from "../src/index.ts";
import { backend } from "./backend.ts";

const keyring = backend(process.argv[2], 10_000);
const mutex = memoryMutex();
let services = 0;

/** What opens the same place again for one that it made. */
function maker<Made extends object>(make: (service: string) => Made): (same?: Made) => Promise<Made> {
  const serviceOf = new WeakMap<Made, string>();
  return async (same) => {
    const service = (same && serviceOf.get(same)) ?? `contract-${++services}`;
    const made = make(service);
    serviceOf.set(made, service);
    return made;
  };
}

const outcomes: Record<string, string> = {};
for (const { name, run } of storeContract) {
  outcomes[name] = await outcome(run(maker<CredentialStore>((service) => keyringStore({ service, keyring, mutex }))));
}
for (const { name, run } of sealContract) {
  const make = maker<Seal>((service) => keyringSeal({ service, keyring, mutex }));
  const makeWithKey: typeof make = async (same) => {
    const seal = await make(same);
    await seal.seal(new Uint8Array(), "the first thing it seals makes its key");
    return seal;
  };
  outcomes[name] = await outcome(run(makeWithKey));
}
console.log(JSON.stringify(outcomes));

async function outcome(work: Promise<void>): Promise<string> {
  try {
    await work;
    return "kept";
  } catch (error) {
    return String(error);
  }
}
