import { defineProduct } from "@org/auth-client";

/** One product for the users of each of the five systems. Their prefixes are the old ones, the addresses made up. */
export const anaconda = defineProduct({
  name: "anaconda",
  envPrefix: "ANACONDA_CLOUD_",
  sites: {
    cloud: {
      issuer: "https://id.anaconda.example.com",
      clientId: "anaconda-cli",
      apiUrl: "https://anaconda.example.com",
      redirect: { path: "/auth/oidc", ports: [8000] },
      landing: {
        success: "https://anaconda.example.com/local-login-success",
        error: "https://anaconda.example.com/local-login-error",
      },
      apiKeysUrls: ["https://anaconda.example.com/api/iam/api-keys"],
      loginKeeps: "api-key",
    },
  },
});

export const keystone = defineProduct({
  name: "keystone",
  envPrefix: "KEYSTONE_",
  sites: {
    production: { issuer: "https://keystone.example.com", clientId: "keystone-app" },
    staging: { issuer: "https://keystone-staging.example.com", clientId: "keystone-app" },
  },
  defaultSite: "production",
});

export const descartesLabs = defineProduct({
  name: "descarteslabs",
  envPrefix: "DESCARTESLABS_",
  sites: {
    production: {
      issuer: "https://iam.descarteslabs.example.com",
      clientId: "descarteslabs-cli",
      apiUrl: "https://api.descarteslabs.example.com",
      jsonTokenRequests: true,
    },
  },
});

export const pancloud = defineProduct({
  name: "pancloud",
  envPrefix: "PAN_",
  sites: {
    us: {
      issuer: "https://id.pancloud.example.com",
      clientId: "pancloud-app",
      apiUrl: "https://api.pancloud.example.com",
      jsonTokenRequests: true,
      developerTokenUrl: "https://developer.pancloud.example.com/token",
    },
  },
});

export const wallaroo = defineProduct({
  name: "wallaroo",
  envPrefix: "WALLAROO_",
  sites: {
    own: {
      issuer: "https://wallaroo.example.com/auth/realms/master",
      clientId: "sdk-client",
      apiUrl: "https://wallaroo.example.com",
    },
  },
});
