#!/bin/sh
# A person at a terminal, from signing in to signing out. The site is in the configuration.
set -eu

# region
org-auth login     # in your browser, or by a code on another device
org-auth status    # who is signed in, and which credential is used
org-auth curl /me  # call the API
org-auth token     # print an access token, renewed if need be
org-auth logout    # revoke the login at the server, then delete it here
# endregion
