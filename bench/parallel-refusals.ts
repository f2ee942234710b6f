import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { load } from "./installed.ts";
import { plainRow, type MeasurementOptions, type Row } from "./measurement.ts";

const requests = 1000;
const rounds = 5;

/** How often a token is renewed when an API refuses a thousand requests that carry it, all under way at once. */
export async function parallelRefusals({ installed }: MeasurementOptions): Promise<readonly Row[]> {
  const { authorizedFetch } = load(installed.ours, "@org/auth-client") as typeof import("@org/auth-client");
  const { accessToken, reuse } = load(installed.ours, "@org/auth-core") as typeof import("@org/auth-core");
  const api = fork(join(import.meta.dirname, "example-api.ts"));
  try {
    const [origin] = (await once(api, "message")) as [string];
    const renewals: number[] = [];
    for (let round = 0; round < rounds; round++) {
      let asked = 0;
      const source = reuse({
        getToken: async () => accessToken({ value: asked++ === 0 ? "fake-refused-token" : "fake-renewed-token" }),
      });
      await source.getToken();
      const send = authorizedFetch(source, { origins: [origin] });
      const answers = await Promise.all(Array.from({ length: requests }, () => send(`${origin}/v1/things`)));
      if (answers.some(({ status }) => status !== 200)) throw new Error("a request was not sent again");
      await Promise.all(answers.map((answer) => answer.arrayBuffer()));
      renewals.push(asked - 1);
    }
    // The most of all rounds, where other rows have the median: it is never to be more.
    return [plainRow({ name: "1,000 requests refused at once, renewals", unit: "", goal: 1 }, [Math.max(...renewals)])];
  } finally {
    api.disconnect();
  }
}
