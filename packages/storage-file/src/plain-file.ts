import { constants, openSync } from "node:fs";

/** No file of ours comes near this; what does is none and is not read into memory. */
export const largestBytes: number = 1024 * 1024;

/** Opens a file to be read as it stands there: a symbolic link is an error, and nobody is waited for at a pipe. */
export function openPlain(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}
