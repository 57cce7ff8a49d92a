/** Explains what the relying party received, for a page that people read to learn about it. */
export interface Explained {
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
  /** Says who signed in, and how. */
  readonly weighty: boolean;
}

const meanings: Readonly<Record<string, string>> = {
  sub: 'who it is: always the same here, another one at every other service',
  iss: 'who says so',
  aud: 'for whom it was said',
  azp: 'who asked',
  iat: 'when it was said',
  exp: 'until when this may be relied on',
  nonce: 'ties this answer to the question of this browser',
  at_hash: 'ties the access token to this ID token',
  s_hash: 'ties the state to this ID token',
  sid: 'the session at the provider',
  auth_time: 'when the person last proved who they are',
  acr: 'how strong the sign-in was',
  amr: 'by which means',
  name: 'full name',
  given_name: 'first name',
  family_name: 'family name',
  middle_name: 'further names',
  nickname: 'what friends say',
  preferred_username: 'user name',
  profile: 'page about the person',
  picture: 'picture',
  website: 'own page',
  gender: 'gender',
  birthdate: 'day of birth',
  zoneinfo: 'time zone',
  email: 'mail address',
  email_verified: 'whether that mailbox was proven',
  phone_number: 'telephone number',
  phone_number_verified: 'whether that number was proven',
  address: 'postal address',
  locale: 'language',
  updated_at: 'when these facts last changed',
  groups: 'groups',
};

/** RFC 8176 §2, the values that may occur. */
const methods: Readonly<Record<string, string>> = {
  pwd: 'password',
  otp: 'one-time code',
  mfa: 'more than one factor',
  mca: 'more than one channel',
  sms: 'text message',
  hwk: 'key in hardware',
  swk: 'key in software',
  pop: 'a key was proved',
  user: 'presence was tested',
  pin: 'PIN',
  sc: 'smart card',
};

const weighty = new Set(['sub', 'acr', 'amr', 'auth_time']);
const instants = new Set(['auth_time', 'iat', 'exp', 'updated_at']);

/** @param levels name of a level by its `acr` value */
export function explain(
  claims: Readonly<Record<string, unknown>>,
  { levels, zone }: { readonly levels: ReadonlyMap<string, string>; readonly zone: string },
): readonly Explained[] {
  const rows = Object.entries(claims).map(([name, value]): Explained => {
    const meaning = meanings[name] ?? '';
    return {
      name,
      value: written(value),
      meaning: spelled(name, value, { levels, zone }) ?? meaning,
      weighty: weighty.has(name),
    };
  });
  return rows.toSorted((a, b) => Number(b.weighty) - Number(a.weighty));
}

function spelled(
  name: string,
  value: unknown,
  { levels, zone }: { readonly levels: ReadonlyMap<string, string>; readonly zone: string },
): string | undefined {
  if (instants.has(name) && typeof value === 'number') return `${meanings[name] ?? ''}: ${moment(value * 1000, zone)}`;
  if (name === 'acr' && typeof value === 'string') {
    const level = levels.get(value);
    return level === undefined ? undefined : `${meanings['acr'] ?? ''}: ${level}`;
  }
  if (name === 'amr' && Array.isArray(value)) {
    const means = value.map((one: unknown) => methods[String(one)] ?? String(one));
    return `${meanings['amr'] ?? ''}: ${means.join(', ')}`;
  }
  return undefined;
}

const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, undefined, 1));

export const moment = (instant: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'medium', timeZone: zone }).format(instant);
