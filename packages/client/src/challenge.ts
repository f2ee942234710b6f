/** What an API says about the credentials it wants (RFC 9110 section 11.3). Its values were written by someone else. */
export interface Challenge {
  /** In lower case, such as `bearer`. */
  readonly scheme: string;
  /** By name in lower case. Empty: there are none. */
  readonly parameters: ReadonlyMap<string, string>;
  /** What stands in place of parameters. Absent: nothing does. */
  readonly token68?: string | undefined;
}

const longest = 8192;

/** The challenges of an answer's `WWW-Authenticate`, as {@link parseChallenges} reads them. */
export function challengesOf({ headers }: Response): readonly Challenge[] {
  return parseChallenges(headers.get("www-authenticate") ?? "");
}

const token = "[!#$%&'*+.^_`|~\\w-]+";
const gap = /(?:[\t ]*,)*[\t ]*/y;
const schemeStart = new RegExp(`(${token})(?: +|(?=[\\t ]*(?:,|$)))`, "y");
const parameter = new RegExp(
  `(${token})[\\t ]*=[\\t ]*(?:(${token})|"((?:[^"\\\\]|\\\\[^])*)")(?=[\\t ]*(?:,|$))`,
  "y",
);
const token68 = /([\w.~+/-]+=*)(?=[\t ]*(?:,|$))/y;
const end = /[\t ]*(?=,|$)/y;

/**
 * Reads one or several challenges, up to the first that is malformed, and no more than 8 KiB of them.
 *
 * @see [RFC 9110 section 11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)
 */
export function parseChallenges(text: string): readonly Challenge[] {
  const header = text.length > longest ? text.slice(0, text.lastIndexOf(",", longest) + 1) : text;
  let at = 0;
  function take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = at;
    const match = pattern.exec(header) ?? undefined;
    if (match !== undefined) at = pattern.lastIndex;
    return match;
  }

  const challenges: Challenge[] = [];
  for (take(gap); at < header.length; take(gap)) {
    const [, scheme] = take(schemeStart) ?? [];
    if (scheme === undefined) break;
    const parameters = new Map<string, string>();
    let found = take(parameter);
    const other = found === undefined ? take(token68)?.[1] : undefined;
    for (; found !== undefined; found = take(parameter)) {
      const [, name = "", plain, quoted = ""] = found;
      // Whoever names one twice would have it read in two ways.
      if (parameters.has(name.toLowerCase())) return challenges;
      parameters.set(name.toLowerCase(), plain ?? quoted.replace(/\\([^])/g, "$1"));
      take(gap);
    }
    if (parameters.size === 0 && take(end) === undefined) break;
    challenges.push({ scheme: scheme.toLowerCase(), parameters, ...(other !== undefined && { token68: other }) });
  }
  return challenges;
}
