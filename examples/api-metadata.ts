import { readResourceMetadata, type Client, type ResourceMetadata } from "@org/auth-client";

/** What an API says of itself when it refuses a call, if it does. */
export async function metadataBehind(client: Client, path: string): Promise<ResourceMetadata | undefined> {
  const answer = await client.get(path, { throwHttpErrors: false });
  return answer.status === 401 ? await readResourceMetadata(answer) : undefined;
}
