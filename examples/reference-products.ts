import { defineProduct } from "@org/auth-client";

/**
 * One product for the users of each of the five systems, with its old variables. Addresses and client ids are the old
 * ones where these are public (Anaconda's, and Wallaroo's client), and else made up.
 */
export const anaconda = defineProduct({
  name: "anaconda",
  userAgent: "anaconda-cloud-auth/1.0",
  envPrefix: "ANACONDA_CLOUD_",
  envNames: {
    API_URL: ["ANACONDA_CLOUD_API_DOMAIN"],
    EXTRA_HEADERS: ["ANACONDA_CLOUD_API_EXTRA_HEADERS"],
    ISSUER: ["ANACONDA_CLOUD_AUTH_DOMAIN"],
    CLIENT_ID: ["ANACONDA_CLOUD_AUTH_CLIENT_ID"],
    SECRETS_DIR: ["ANACONDA_SECRETS_DIR"],
  },
  sites: {
    cloud: {
      issuer: "https://id.anaconda.cloud",
      clientId: "b4ad7f1d-c784-46b5-a9fe-106e50441f5a",
      apiUrl: "https://anaconda.cloud",
      redirect: { path: "/auth/oidc", ports: [8000] },
      landing: {
        success: "https://anaconda.cloud/local-login-success",
        error: "https://anaconda.cloud/local-login-error",
      },
      apiKeysUrls: ["https://anaconda.cloud/api/iam/api-keys"],
      apiKeyScopes: ["cloud:read", "cloud:write"],
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
  envNames: { ACCESS_TOKEN: ["DESCARTESLABS_TOKEN"], SITE: ["DESCARTESLABS_ENV"] },
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
  userAgent: "pancloud/1.0",
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
  envNames: { USERNAME: ["WALLAROO_USER"], API_URL: ["WALLAROO_URL"], ISSUER: ["WALLAROO_AUTH_URL"] },
  sites: {
    own: {
      issuer: "https://wallaroo.example.com/auth/realms/master",
      clientId: "sdk-client",
      apiUrl: "https://wallaroo.example.com",
    },
  },
});
