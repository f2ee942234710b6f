/** The variables of one place. Nothing of it is ever written to `process.env`. */
export interface Variables {
  readonly place: "dotenv" | "environment" | "mounted-secret";
  /**
   * The variable of that name, which is without the product's prefix. An empty or blank one counts as not set. Throws
   * `AuthError` (`config_invalid`) when there is one and it cannot be read.
   */
  get(name: string): Variable | undefined;
}

/** What one variable says. */
export interface Variable {
  readonly value: string;
  /** Where exactly it was found, by name: a variable, or a file. */
  readonly from: string;
}
