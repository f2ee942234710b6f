import { expect, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { run, tempHome, type Ended } from "../e2e/org-auth.ts";
import { certificateAuthority, type Certificate, type CertificateAuthority } from "./certificate-authority.ts";
import { tlsServer } from "./tls-server.ts";

const hasOpenssl = hasSystemPackage("openssl");
const here = ["IP:127.0.0.1"];

const distrusted: Readonly<Record<string, (authority: CertificateAuthority) => Promise<Certificate>>> = {
  "shows a certificate that nobody but itself has signed (DEPTH_ZERO_SELF_SIGNED_CERT)": ({ selfSigned }) =>
    selfSigned(here),
  "shows a certificate that is not trusted here (UNABLE_TO_VERIFY_LEAF_SIGNATURE)": ({ issue }) => issue(here),
  "shows a certificate that has expired (CERT_HAS_EXPIRED)": ({ issue }) => issue(here, "ended"),
  "shows a certificate that is for another name (ERR_TLS_CERT_ALTNAME_INVALID)": ({ issue }) =>
    issue(["DNS:id.example.test"]),
};

test.skipIf(!hasOpenssl).for(Object.entries(distrusted))(
  "F52 a server that %s: nothing is sent, and neither the sign-in nor a call goes on",
  async ([why, make]) => {
    const authority = await certificateAuthority();
    const server = await tlsServer(await make(authority));
    // Only who signed it is in question where the authority is not known.
    const isAboutAuthority = /SELF_SIGNED|LEAF/.test(why);
    const env = isAboutAuthority ? {} : { NODE_EXTRA_CA_CERTS: authority.file };
    for (const ended of await signInAndCall(server.port, env)) {
      expect(ended).toMatchObject({ status: 3, stdout: "" });
      expect(ended.stderr).toContain(`127.0.0.1:${server.port} ${why} [tls_untrusted]`);
      expect(ended.stderr).not.toContain("REJECT_UNAUTHORIZED");
      expect(ended.stderr.includes("NODE_EXTRA_CA_CERTS` or in the site's `ca_file`.")).toBe(isAboutAuthority);
    }
    expect(server.asked).toEqual([]);
  },
);

test.skipIf(!hasOpenssl)("F52 a server that speaks only TLS 1.0 is not spoken to", async () => {
  const authority = await certificateAuthority();
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  const { port } = await tlsServer({ ...(await authority.issue(here)), ...old });
  for (const ended of await signInAndCall(port, { NODE_EXTRA_CA_CERTS: authority.file })) {
    expect(ended).toMatchObject({ status: 3, stdout: "" });
    expect(ended.stderr).toMatch(/find no TLS that both accept \(ERR_SSL_\w*PROTOCOL_VERSION\) \[tls_untrusted\]/);
  }
});

test.skipIf(!hasOpenssl)("F52 an organisation's own authority is trusted by NODE_EXTRA_CA_CERTS", async () => {
  const authority = await certificateAuthority();
  const { port } = await tlsServer(await authority.issue(here));
  const [token, call] = await signInAndCall(port, { NODE_EXTRA_CA_CERTS: authority.file });
  expect(token).toMatchObject({ status: 0, stdout: "over-tls\n", stderr: "" });
  expect(call).toMatchObject({ status: 0, stderr: "" });
});

/** A machine gets a token, and a call is made without one. */
function signInAndCall(port: number, env: Readonly<Record<string, string>>): Promise<readonly Ended[]> {
  const origin = `https://127.0.0.1:${port}`;
  const all = {
    ...env,
    HOME: tempHome(),
    ORG_AUTH_ISSUER: origin,
    ORG_AUTH_CLIENT_ID: "machine",
    ORG_AUTH_CLIENT_SECRET: "not-a-secret",
  };
  return Promise.all([["token"], ["curl", "--no-auth", `${origin}/x`]].map((args) => run(args, { env: all })));
}
