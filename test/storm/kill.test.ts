import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { formatKey, type TokenSet } from "@org/auth-core";
import { expect, test } from "vitest";
import { run, start } from "../e2e/org-auth.ts";
import { expiringLogin } from "./expiring-login.ts";
import { seededRandom } from "./seeded-random.ts";
import { stormSeed, stormSize } from "./storm-size.ts";

type Login = Awaited<ReturnType<typeof expiringLogin>>;

const servers = {
  "that keeps refresh tokens, nothing is ever lost": false,
  "that takes each refresh token once, only an answer that dies with its process is lost": true,
};

for (const [what, rotateRefreshTokens] of Object.entries(servers)) {
  const title = `F01 F02 F04 a renewal may be killed at any moment: at a server ${what}`;

  test(title, { timeout: 480_000 }, async () => {
    const between = seededRandom(stormSeed);
    const login = await expiringLogin({ rotateRefreshTokens });
    const { server, env } = login;
    const bystander = await addBystander(login);
    const [count, readyMs] = [{ killed: 0, leftovers: 0, saved: 0, lost: 0 }, [0]];

    for (let round = 1; round <= stormSize.kills; round++) {
      const where = `round ${round}, seed ${stormSeed}`;
      // In one of four rounds wherever it is since its start, else when its token request has arrived.
      const moment = { isFromStart: between(1, 4) === 1, ofLifeMs: between(0, 240), ofRequestMs: between(0, 60) };
      const answerAfterMs = between(10, 60);

      const before = await login.expire();
      const [requestsBefore, reusesBefore] = [server.tokenRequests(), server.refreshTokenReuses];
      server.delayTokenResponsesMs = answerAfterMs;
      if (await killWhileRenewing(login, moment)) count.killed++;

      // There is the old login or the new one, whole, and beside it at most what was being written.
      const { leftover, ...names } = namesIn(login);
      expect(names, where).toEqual({ login: true, others: [bystander.fileName] });
      if (leftover) count.leftovers++;
      const after = await login.kept();
      const isSaved = after.generation > before.generation;
      if (isSaved) {
        count.saved++;
        expect(await server.introspect(after.accessToken), where).toMatchObject({ active: true });
      } else expect(secretsOf(after), where).toEqual(secretsOf(before));

      server.delayTokenResponsesMs = 0;
      const startMs = performance.now();
      const next = await run(["token"], { env });
      readyMs.push(performance.now() - startMs);

      // It asks when nothing was saved. If the killed one had asked before, its answer has died with it.
      const requests = server.tokenRequests() - requestsBefore;
      expect(requests, where).toBeLessThanOrEqual(isSaved ? 1 : 2);
      const isLost = rotateRefreshTokens && !isSaved && requests === 2;
      const last = await login.kept();
      expect(namesIn(login), where).toEqual({ login: true, leftover: false, others: [bystander.fileName] });
      expect(server.refreshTokenReuses - reusesBefore, where).toBe(isLost ? 1 : 0);
      if (isLost) {
        count.lost++;
        expect(next, where).toMatchObject({ status: 4, stdout: "" });
        expect(next.stderr, where).toMatch(
          /has ended \(invalid_grant\) \[login_required\]\n.*fix: run `org-auth login/,
        );
        expect(last, where).toMatchObject({ ended: { reason: "invalid_grant" } });
        expect(secretsOf(last), where).toEqual(secretsOf(before));
        await login.signInAgain();
      } else {
        expect(next, where).toMatchObject({ status: 0, stdout: `${last.accessToken}\n`, stderr: "" });
        expect(await server.introspect(last.accessToken), where).toMatchObject({ active: true });
      }
    }

    expect(count.killed).toBeGreaterThan(0);
    expect(readFileSync(bystander.path, "utf8")).toBe(bystander.text);
    const slowestMs = Math.max(...readyMs);
    console.log(
      `${stormSize.kills} renewals, ${count.killed} killed: ${count.saved} had saved, ${count.lost} logins lost, ` +
        `${count.leftovers} temporary files swept, slowest next process ${slowestMs.toFixed(0)} ms; seed ${stormSeed}`,
    );
    expect(slowestMs).toBeLessThanOrEqual(stormSize.readyWithinMs);
  });
}

/** When a process is killed: so long after its start, or after its token request has arrived. */
interface Moment {
  readonly isFromStart: boolean;
  readonly ofLifeMs: number;
  readonly ofRequestMs: number;
}

/** Starts a process and kills it. `false`: it was done before. */
async function killWhileRenewing({ server, env }: Login, moment: Moment): Promise<boolean> {
  const { isFromStart, ofLifeMs, ofRequestMs } = moment;
  const requestsBefore = server.tokenRequests();
  const { child, ended } = start(["token"], { env });
  while (!isFromStart && server.tokenRequests() === requestsBefore && child.exitCode === null) await setTimeout(1);
  await setTimeout(isFromStart ? ofLifeMs : ofRequestMs);
  child.kill("SIGKILL");
  const { signal, status, stderr } = await ended;
  if (signal === null) expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return signal === "SIGKILL";
}

/** Keeps another profile's login in the same folder, which nobody is to touch. */
async function addBystander({ store, key, credentials, kept }: Login) {
  const other = { ...key, profile: "bystander" };
  await store.update(other, kept);
  const fileName = `${formatKey(other)}.json`;
  const path = join(credentials, fileName);
  return { fileName, path, text: readFileSync(path, "utf8") };
}

/** What is in the folder: the login's file, what a killed writer has left of it, and all else. */
function namesIn({ credentials, fileName }: Login) {
  const [all, temporary] = [readdirSync(credentials), `.tmp-${fileName}`];
  return {
    login: all.includes(fileName),
    leftover: all.includes(temporary),
    others: all.filter((name) => name !== fileName && name !== temporary),
  };
}

function secretsOf({ accessToken, refreshToken }: TokenSet) {
  return { accessToken, refreshToken };
}
