import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { tempHome } from "../e2e/org-auth.ts";

/** What a TLS server shows, and the key to it, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority that nobody trusts who is not told to, made by openssl. */
export interface CertificateAuthority {
  /** Its own certificate, PEM. */
  readonly file: string;
  /** A certificate for these names (`DNS:id.example.test`, `IP:127.0.0.1`), which is valid, or was until 2020. */
  issue(names: readonly string[], validity?: "ended" | "valid"): Promise<Certificate>;
  /** The same, signed by itself. */
  selfSigned(names: readonly string[]): Promise<Certificate>;
}

/** Makes a {@link CertificateAuthority}. Its files are gone when the test ends. */
export async function certificateAuthority(): Promise<CertificateAuthority> {
  const folder = tempHome();
  const openssl = (...args: string[]): Promise<unknown> =>
    promisify(execFile)("openssl", args, { cwd: folder, timeout: 20_000 });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  writeFileSync(join(folder, "index"), "");
  writeFileSync(join(folder, "config"), config);
  await openssl("req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=nobody");

  let number = 0;
  async function make(names: readonly string[], ...more: string[]): Promise<string> {
    const name = String(++number);
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${names.join(",")}`];
    await openssl("req", ...more, ...newKey, "-keyout", `${name}.key`, "-out", `${name}.out`, ...subject);
    return name;
  }
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");

  return {
    file: join(folder, "ca.pem"),
    async issue(names, validity = "valid") {
      const name = await make(names);
      const ended = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"];
      const dates = validity === "ended" ? ended : ["-days", "2"];
      const signing = ["-config", "config", "-cert", "ca.pem", "-keyfile", "ca.key", "-notext"];
      await openssl("ca", "-batch", ...signing, ...dates, "-in", `${name}.out`, "-out", `${name}.pem`);
      return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
    },
    async selfSigned(names) {
      const name = await make(names, "-x509", "-days", "2");
      return { cert: read(`${name}.out`), key: read(`${name}.key`) };
    },
  };
}

const config = `
[ca]
default_ca = own
[own]
new_certs_dir = .
database = index
default_md = sha256
rand_serial = yes
copy_extensions = copy
policy = any
[any]
commonName = supplied
`;
