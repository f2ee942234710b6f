import { timestampMs } from "../src/timestamp.ts";

// What this process's time zone makes of times as APIs write them.
const [...times] = process.argv.slice(2);
process.stdout.write(JSON.stringify({ ms: times.map(timestampMs), minutesFromUtc: new Date(0).getTimezoneOffset() }));
