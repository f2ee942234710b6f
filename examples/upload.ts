import { openAsBlob } from "node:fs";
import type { Client } from "@org/auth-client";
import { replayable } from "@org/auth-client";

/** A file of whatever size. It is read from the disk while it is sent, and again when it is sent again. */
export async function putFile(client: Client, path: string): Promise<void> {
  const file = await openAsBlob(path);
  await client.put("echo/file", { body: replayable(() => file.stream()) });
}

/** A form with a file in it. */
export async function postForm(client: Client, title: string, path: string): Promise<void> {
  const body = new FormData();
  body.set("title", title);
  body.set("file", await openAsBlob(path), "report.csv");
  await client.post("echo/form", { body });
}

/** What is made while it is sent. `makeRows` is called once more when it has to be sent again. */
export async function postRows(client: Client, makeRows: () => AsyncIterable<Uint8Array>): Promise<void> {
  await client.post("echo/rows", { body: replayable(() => ReadableStream.from(makeRows())) });
}
