import type { Environment } from "./environment.ts";

/** What of the world outside settings and credentials are read from, besides the person's own files. */
export interface Surroundings {
  /** Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** The folder whose `.env` file is read and whose profile is meant; `false`: none. Default: the working directory. */
  readonly folder?: string | false | undefined;
  /** Told, in a sentence for people, of what was found and is not used. Default: nobody. */
  readonly onWarning?: ((warning: string) => void) | undefined;
}
