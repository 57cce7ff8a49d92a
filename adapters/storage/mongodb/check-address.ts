/**
 * Checks the address of a database. A fault names the wrong part and quotes nothing that may be secret. Called by the
 * check of the configuration and before connecting. Our own parser names the part; the driver's own parser decides.
 */
import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { MongoClient } from 'mongodb';

export interface DatabaseAddress {
  readonly uri: string;
  readonly database?: string | undefined;
}

/** Sentences without their full stop; none if the driver accepts it. Connects to nothing. */
export function addressFaults({ uri, database }: DatabaseAddress): readonly string[] {
  const faults = [...partsFaults(uri), ...(database === undefined ? [] : nameFaults(database))];
  if (faults.length > 0) return faults;
  try {
    void new MongoClient(uri);
    return [];
  } catch (error) {
    return [`is refused by the database's driver: ${without(secretsOf(uri), (error as Error).message)}`];
  }
}

/** Connection string of MongoDB: scheme, user and password, hosts, database, options. */
const form = /^(mongodb(?:\+srv)?):\/\/(?:([^/?]*)@)?([^/?@]*)(?:\/([^?]*))?(?:\?(.*))?$/s;

function partsFaults(uri: string): readonly string[] {
  if (/[\s\p{C}]/u.test(uri)) return ['has white space or a control character'];
  const afterScheme = uri.replace(/^mongodb(\+srv)?:\/\//, '');
  const authority = afterScheme.split(/[/?]/, 1)[0] ?? '';
  const beforeOptions = afterScheme.split('?', 1)[0] ?? '';
  if (!authority.includes('@') && beforeOptions.includes('@'))
    return ['has a `/` in the user name or password: write %2F'];
  if (!authority.includes('@') && /\?[^=]*@/.test(afterScheme))
    return ['has a `?` in the user name or password: write %3F'];
  const parts = form.exec(uri);
  if (!parts) return ['is none: expected mongodb://user:password@host:port/name or mongodb+srv://host/name'];
  const [, scheme = '', user, hosts = '', name = '', options = ''] = parts;
  return [
    ...(user === undefined ? [] : userFaults(user)),
    ...hostFaults(hosts, scheme.endsWith('srv')),
    ...(name === '' ? [] : nameFaults(name)),
    ...optionFaults(options),
  ];
}

function userFaults(user: string): readonly string[] {
  const colon = user.indexOf(':');
  const [name, password] = colon < 0 ? [user, ''] : [user.slice(0, colon), user.slice(colon + 1)];
  return [
    ...(name === '' ? ['has an empty user name'] : []),
    ...(
      [
        ['user name', name],
        ['password', password],
      ] as const
    ).flatMap(([what, text]) => {
      const sign = /[@:#[\]]/.exec(text)?.[0];
      if (sign !== undefined)
        return [`has a \`${sign}\` in the ${what}: write %${sign.charCodeAt(0).toString(16).toUpperCase()}`];
      return isEncoded(text) ? [] : [`has a \`%\` in the ${what} that begins no percent-encoding: write %25`];
    }),
  ];
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function hostFaults(hosts: string, isSrv: boolean): readonly string[] {
  const each = hosts.split(',');
  if (each.includes('')) return [hosts === '' ? 'names no host' : 'has an empty place in the list of hosts'];
  if (isSrv && each.length > 1)
    return ['names several hosts: mongodb+srv:// takes one, whose DNS entry names the others'];
  return each.flatMap((host) => {
    if (/^%2F/i.test(host)) return [];
    const [, ipv6, plain, port] = /^(?:(\[[0-9a-f:.]+\])|([^:[\]%#]+))(?::(.*))?$/i.exec(host) ?? [];
    if (ipv6 === undefined && plain === undefined) return ['has a host that cannot be read'];
    if (port === undefined) return [];
    if (isSrv) return ['has a port: mongodb+srv:// takes none, its DNS entry names them'];
    return /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536
      ? []
      : ['has a port that is no number from 1 to 65535'];
  });
}

/** https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions, for servers on any system. */
function nameFaults(written: string): readonly string[] {
  const name = isEncoded(written) ? decodeURIComponent(written) : written;
  const sign = /[/\\. "$*<>:|?\0]/.exec(name)?.[0];
  if (sign !== undefined) return [`has a \`${sign}\` in the name of the database, where it may not stand`];
  return Buffer.byteLength(name) > 63 ? ['has a name of the database of more than 63 bytes'] : [];
}

const certificateFiles: readonly string[] = ['tlscafile', 'tlscertificatekeyfile', 'tlscrlfile'];

function optionFaults(options: string): readonly string[] {
  return options
    .split('&')
    .filter((option) => option !== '')
    .flatMap((option) => {
      const equals = option.indexOf('=');
      const name = equals < 0 ? option : option.slice(0, equals);
      const value = equals < 0 ? '' : option.slice(equals + 1);
      if (!/^[A-Za-z]+$/.test(name)) return ['has an option whose name cannot be read'];
      if (value === '') return [`has the option ${name} without a value`];
      if (!isEncoded(value)) return [`has a \`%\` in the option ${name} that begins no percent-encoding: write %25`];
      return certificateFiles.includes(name.toLowerCase()) ? fileFaults(name, decodeURIComponent(value)) : [];
    });
}

function fileFaults(name: string, file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [`names a file in the option ${name} that cannot be read`];
  }
  if (!text.includes('-----BEGIN ')) return [`names a file in the option ${name} that is not PEM`];
  if (name.toLowerCase() !== 'tlscafile') return [];
  try {
    void new X509Certificate(text);
    return [];
  } catch {
    return [`names a file in the option ${name} that holds no certificate`];
  }
}

/** User name and password, as written and decoded. */
function secretsOf(uri: string): readonly string[] {
  const user = form.exec(uri)?.[2] ?? '';
  return [user, ...user.split(':')].flatMap((text) => (text === '' ? [] : [text, decodeURIComponent(text)]));
}

const without = (secrets: readonly string[], text: string): string =>
  secrets
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
    .replace(/\.$/, '');
