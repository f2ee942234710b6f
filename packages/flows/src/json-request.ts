import { customFetch } from "oauth4webapi";
import type { HttpOptions, RequestOptions } from "./http.ts";

/** Options by which a form is sent as a JSON object of the same parameters, to a server that wants that. */
export function tokenRequestOptions(options: RequestOptions, { jsonTokenRequests }: HttpOptions): RequestOptions {
  if (jsonTokenRequests !== true) return options;
  return {
    ...options,
    [customFetch]: (url, init) =>
      options[customFetch](url, {
        ...init,
        headers: { ...init.headers, "content-type": "application/json" },
        body: init.body instanceof URLSearchParams ? JSON.stringify(jsonOf(init.body)) : init.body,
      }),
  };
}

/** A parameter that is there more than once becomes a list. */
function jsonOf(form: URLSearchParams): Readonly<Record<string, string | readonly string[]>> {
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const [first = "", ...others] = form.getAll(name);
      return [name, others.length === 0 ? first : [first, ...others]];
    }),
  );
}
