import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Installed } from "./installed.ts";
import { row, type MeasurementOptions, type Row } from "./measurement.ts";
import type { Batch, BatchResult, ClientName } from "./requester.ts";
import { roundRobin } from "./round-robin.ts";

/** What one process makes of a client depends on chance: its heap, and what its compiler has seen. */
const processes = 3;
const rounds = 5;
/** As many as the compiler takes to be done with it. */
const warmUpRounds = 3;
/** One after the other: what each waits for. */
const calm = { requests: 300, atOnce: 1 };
/** As many as keep the processor busy, and so many that the garbage collector comes by: what each costs. */
const busy = { requests: 8000, atOnce: 16 };

const comparisons: readonly { readonly client: ClientName; readonly reference: ClientName; readonly goal?: number }[] =
  [
    { client: "authorizedFetch", reference: "fetch", goal: 1.05 },
    { client: "createClient", reference: "ky", goal: 1.05 },
    { client: "google-auth-library", reference: "fetch" },
    { client: "axios", reference: "fetch" },
    { client: "got", reference: "fetch" },
  ];

/** What a request with a token takes through ours and through others, to an API on this machine. */
export async function requestCost({ installed }: MeasurementOptions): Promise<readonly Row[]> {
  const api = fork(join(import.meta.dirname, "example-api.ts"));
  try {
    const [origin] = (await once(api, "message")) as [string];
    const rows: Row[] = [];
    for (const { client, reference, goal } of comparisons) {
      const [values, references]: [Took[], Took[]] = [[], []];
      for (let started = 0; started < processes; started++) {
        const took = await inOneProcess({ origin, installed, client, reference });
        values.push(...took.client);
        references.push(...took.reference);
      }
      for (const { what, unit, hasGoal, of } of facts) {
        const name = `request by ${client} / ${reference}, ${what}`;
        const samples = { values: values.map(of), references: references.map(of) };
        rows.push(row({ name, unit, goal: hasGoal ? goal : undefined }, samples));
      }
    }
    return rows;
  } finally {
    api.disconnect();
  }
}

interface Took {
  readonly calm: BatchResult;
  readonly busy: BatchResult;
}

const facts: readonly {
  readonly what: string;
  readonly unit: string;
  readonly hasGoal: boolean;
  readonly of: (took: Took) => number;
}[] = [
  { what: "CPU", unit: "us", hasGoal: true, of: ({ busy }) => busy.cpuUs },
  { what: "p50", unit: "us", hasGoal: true, of: ({ calm }) => calm.p50Us },
  { what: "p99", unit: "us", hasGoal: false, of: ({ calm }) => calm.p99Us },
  { what: "16 at once", unit: "/s", hasGoal: false, of: ({ busy }) => busy.perSecond },
];

async function inOneProcess(options: {
  readonly origin: string;
  readonly installed: Installed;
  readonly client: ClientName;
  readonly reference: ClientName;
}): Promise<Readonly<Record<"client" | "reference", readonly Took[]>>> {
  const { origin, installed, client, reference } = options;
  const child = fork(join(import.meta.dirname, "requester.ts"), [origin, installed.ours, installed.peers]);
  const ended = once(child, "exit").then(() => {
    throw new Error(`the process that calls by ${client} and ${reference} has ended`);
  });
  async function run(batch: Batch): Promise<BatchResult> {
    child.send(batch);
    const [result] = (await Promise.race([once(child, "message"), ended])) as [BatchResult];
    return result;
  }
  const both = async (client: ClientName): Promise<Took> => ({
    calm: await run({ client, ...calm }),
    busy: await run({ client, ...busy }),
  });

  try {
    await Promise.race([once(child, "message"), ended]);
    return await roundRobin(rounds, { client: () => both(client), reference: () => both(reference) }, warmUpRounds);
  } finally {
    if (child.connected) child.disconnect();
    await ended.catch(() => undefined);
  }
}
