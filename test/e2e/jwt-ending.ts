/** A key that says of itself when it ends. Nobody has signed it. */
export function jwtEnding(atMs: number): string {
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ exp: Math.floor(atMs / 1000) })}.`;
}
