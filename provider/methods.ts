/**
 * The methods of each path of the engine and of the pages, for an answer of 405 with `Allow` (RFC 9110 §15.5.6) instead
 * of 404; and whether a path is written as it is here (`one-spelling.ts`).
 */
import { routes } from './routes.ts';
import { healthPaths } from './health.ts';

const read = ['GET', 'HEAD'];
const both = ['GET', 'HEAD', 'POST'];
const engine: ReadonlyMap<string, readonly string[]> = new Map([
  [routes.authorization, both],
  [routes.end_session, both],
  [`${routes.end_session}/confirm`, ['POST']],
  [`${routes.end_session}/success`, read],
  [routes.token, ['POST', 'OPTIONS']],
  [routes.introspection, ['POST', 'OPTIONS']],
  [routes.revocation, ['POST', 'OPTIONS']],
  [routes.pushed_authorization_request, ['POST', 'OPTIONS']],
  [routes.code_verification, both],
  [routes.device_authorization, ['POST', 'OPTIONS']],
  [routes.userinfo, ['GET', 'HEAD', 'POST', 'OPTIONS']],
  [routes.jwks, [...read, 'OPTIONS']],
  ['/.well-known/openid-configuration', [...read, 'OPTIONS']],
  ['/', read],
  ...[...healthPaths].map((path) => [path, read] as const),
]);

/** `undefined`: not a path of ours. */
export const methodsOf = (path: string): readonly string[] | undefined =>
  engine.get(path) ??
  (/^\/interaction\/[\w-]+(\/[\w/-]*)?$/.test(path) ? both : /^\/(auth|device)\/[\w-]+$/.test(path) ? read : undefined);

/** As the engine reads a path: capitals are small letters, and a slash at the end is dropped. */
export const plainSpelling = (path: string): string => path.toLowerCase().replace(/(?<=.)\/$/, '');

/** Whether the engine would take this path for one of ours although it is written in another way. */
export function isOtherSpelling(path: string): boolean {
  const plain = plainSpelling(path);
  if (engine.has(plain)) return !engine.has(path);
  return methodsOf(path) === undefined && methodsOf(plain) !== undefined;
}
