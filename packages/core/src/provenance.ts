/** Where a credential was found: names only, never a value. */
export interface Provenance {
  /** The provider's place, such as `environment` or `stored-login`. */
  readonly place: string;
  /** The variable, file or profile it came from, by name. Absent: the place says it all. */
  readonly name?: string | undefined;
  /** The other places that parts of it came from, by name, because that was allowed. Absent: it is whole from one. */
  readonly mixedWith?: readonly string[] | undefined;
  /** What else the place has that could be a credential, by name, and is not used. Absent: nothing. */
  readonly unused?: readonly string[] | undefined;
  /** Whom it stands for, as far as is known: a user name, an e-mail address or a subject. */
  readonly account?: string | undefined;
}
