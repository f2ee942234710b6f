import type { Options } from "ky";

type OnProgress = NonNullable<Options["onDownloadProgress"]>;

/**
 * The same answer, which tells of each part of its body as that is read: how much has come, of how much as far as the
 * server says, and the part itself. At the end `percent` is 1, and not before.
 */
export function withProgress(response: Response, onProgress: OnProgress): Response {
  const { body, headers, status, statusText, url, redirected } = response;
  if (body === null) return response;
  const announcedBytes = Number(headers.get("content-length") ?? 0);
  let transferredBytes = 0;

  function tell(part: Uint8Array, isLast: boolean): void {
    const totalBytes = Math.max(announcedBytes, transferredBytes);
    const share = announcedBytes === 0 ? 0 : transferredBytes / totalBytes;
    onProgress({ percent: isLast ? 1 : Math.min(share, 1 - Number.EPSILON), totalBytes, transferredBytes }, part);
  }

  const counted = body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(part, controller) {
        transferredBytes += part.byteLength;
        tell(part, false);
        controller.enqueue(part);
      },
      flush: () => tell(new Uint8Array(), true),
    }),
  );
  return Object.defineProperties(new Response(counted, { status, statusText, headers }), {
    url: { value: url },
    redirected: { value: redirected },
  });
}
