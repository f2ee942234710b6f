import { jwtExpiryMs } from "../src/index.ts";

// What this process's time zone makes of the end of a token.
const [token = ""] = process.argv.slice(2);
process.stdout.write(JSON.stringify({ expiryMs: jwtExpiryMs(token), minutesFromUtc: new Date(0).getTimezoneOffset() }));
