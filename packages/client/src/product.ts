/** The names by which one organisation knows its tool. */
export interface Product {
  /** The command people type, and the name of the folders for its files. */
  readonly name: string;
  /** What its environment variables begin with. */
  readonly envPrefix: string;
}

/** The tool as it comes, for organisations that give it no name of their own. */
export const defaultProduct: Product = { name: "org-auth", envPrefix: "ORG_AUTH_" };
