/** A domain, with or without a port, as the `https:` address that it stands for. Anything else stays as it is. */
export function domainAddress(text: string): string {
  const isDomain = /^(\[[\da-f:.]+\]|[^\s:/?#[\]@*\\]{1,253})(:\d{1,5})?$/i.test(text);
  return isDomain ? `https://${text}` : text;
}
