/**
 * What a client or a session loads when it is first used, and not with the program: all that looks for a credential or
 * gets one. In one piece, so that a program loads few files.
 */
export { clientTarget } from "./client-target.ts";
export { openedSession } from "./opened-session.ts";
export { resolve } from "./resolve.ts";
export { namedAccount, signedInAccount } from "./signed-in-account.ts";
