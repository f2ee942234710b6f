import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { formatKey } from "@org/auth-core";
import { fileMutex } from "@org/auth-storage-file";
import { expect, test } from "vitest";
import { expiringLogin } from "./expiring-login.ts";
import { seededRandom } from "./seeded-random.ts";
import { startCrowd, type Crowd } from "./start-crowd.ts";
import { stormSeed, stormSize } from "./storm-size.ts";

for (const size of stormSize.crowds) {
  const title = `F25 ${size} processes that find the token expired make one request between them and print one token`;

  test(title, { timeout: 300_000 }, async () => {
    const between = seededRandom(stormSeed);
    const login = await expiringLogin({ rotateRefreshTokens: true });
    const { server, env } = login;
    const startAll = () => startCrowd(size, ["token"], env);

    for (let round = 1; round <= stormSize.rounds; round++) {
      const where = `round ${round}, seed ${stormSeed}`;
      const { accessToken: expired } = await login.expire();
      server.delayTokenResponsesMs = between(200, 500);
      const requestsBefore = server.tokenRequests();

      // They do not start all in one moment: every other round nobody gets the lock before everyone wants it.
      const isGathered = round % 2 === 0 && process.platform === "linux";
      const crowd = isGathered ? await gathered(startAll, login) : await startAll();
      const ended = await crowd.ended;

      const failed = ended.filter(({ status, stderr }) => status !== 0 || stderr !== "");
      const requests = server.tokenRequests() - requestsBefore;
      const { refreshTokenReuses } = server;
      expect({ requests, refreshTokenReuses, failed: failed.length, for: failed[0] }, where).toEqual({
        requests: 1,
        refreshTokenReuses: 0,
        failed: 0,
        for: undefined,
      });
      const { accessToken: renewed } = await login.kept();
      expect(renewed, where).not.toBe(expired);
      expect([...new Set(ended.map(({ stdout }) => stdout))], where).toEqual([`${renewed}\n`]);
      expect(await server.introspect(renewed), where).toMatchObject({ active: true });
    }
  });
}

/** Starts them while the login's lock is taken, and lets go of it when all of them wait for it. */
async function gathered(
  startAll: () => Promise<Crowd>,
  { key, locks }: Awaited<ReturnType<typeof expiringLogin>>,
): Promise<Crowd> {
  const name = formatKey(key);
  const lockPath = join(locks, `${name}.lock`);
  const deadlineMs = performance.now() + 20_000; // Those who wait give up after 30 s.

  return await fileMutex({ folder: locks }).run(name, async () => {
    const crowd = await startAll();
    for (;;) {
      const missing = crowd.pids.filter((pid) => !hasOpen(pid, lockPath));
      if (missing.length === 0) return crowd;
      if (performance.now() > deadlineMs) throw new Error(`${missing.length} processes never came to the lock`);
      await setTimeout(20);
    }
  });
}

function hasOpen(pid: number, path: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((descriptor) => readlinkSync(join(folder, descriptor)) === path);
  } catch {
    return false; // A file was closed while we looked, or the process has ended.
  }
}
