/** The paths of the engine's endpoints, below the issuer. */
export const routes = {
  authorization: '/auth',
  code_verification: '/device',
  device_authorization: '/device/auth',
  end_session: '/session/end',
  introspection: '/token/introspection',
  jwks: '/jwks',
  pushed_authorization_request: '/par',
  revocation: '/token/revocation',
  token: '/token',
  userinfo: '/userinfo',
} as const;
