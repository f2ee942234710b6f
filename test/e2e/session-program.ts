/** Asks a session for a token and prints what it is told meanwhile, and the error's code: `session-program.ts ISSUER CLIENT_ID` */
import { openSession } from "@org/auth-client";
import { isAuthError } from "@org/auth-core";

const [issuer, clientId] = process.argv.slice(2);
const session = openSession({ issuer, clientId, folder: false, onWarning: (warning) => console.error(warning) });
try {
  await session.getAccessToken();
} catch (error) {
  console.error(isAuthError(error) ? error.code : error);
}
