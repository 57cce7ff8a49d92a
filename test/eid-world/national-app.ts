/** The national provider of the demo (demo/national-app), which listens on a port of its own, with the plainest page. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Provider, JWK } from 'oidc-provider';
import type { Middleware } from 'koa';
import { createNationalProvider, type AppPerson, type NationalClient } from '../../demo/national-app/provider.ts';

export type { AppPerson } from '../../demo/national-app/provider.ts';

export interface NationalAppParts {
  readonly people: readonly AppPerson[];
  readonly client: NationalClient;
  /** What a confirmation with the code of the app is called. */
  readonly acr: string;
  readonly signingKey: JWK;
  /** Before everything that it answers. */
  readonly before?: Middleware;
}

export interface NationalApp {
  readonly issuer: string;
  close(): Promise<void>;
}

/** A key to sign with. */
export const newSigningKey = (): JWK => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid: randomUUID(),
  use: 'sig',
  alg: 'RS256',
});

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const button = ({ sub, name }: AppPerson): string =>
  `<p><button name="sub" value="${escaped(sub)}">I am ${escaped(name)}: confirm</button></p>`;

const page = (people: readonly AppPerson[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>National app (played)</title></head>
<body><main data-app="national"><h1>National app</h1>
<p>This page plays the app on your phone. Who are you?</p>
<form method="post">${people.map(button).join('\n')}
<p><button name="sub" value="">Cancel</button></p></form></main></body></html>`;

/** Listens on 127.0.0.1, which is another site than `localhost` for a browser, as a provider is. */
export async function startNationalApp(parts: NationalAppParts): Promise<NationalApp> {
  let answer: ReturnType<Provider['callback']> | undefined;
  const server: Server = createServer((request, response) => void answer?.(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  answer = createNationalProvider({ ...parts, issuer, draw: page, now: () => Date.now() }).callback();
  return {
    issuer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
