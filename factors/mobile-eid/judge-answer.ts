/** Exchanges the code of an answer and judges the ID token, row by row of the README. Enrolment and sign-in use it. */
import { authorizationCodeGrant, type IDToken } from 'openid-client';
import { accepted } from '../contract.ts';
import type { Input, Outcome, Tools } from '../contract.ts';
import { keyedLinks, type Link } from '../kit/keyed-link.ts';
import { AnswerFault, faultOf } from './fault.ts';
import { issuerOf, openUpstream, type OpenUpstream } from './open-upstream.ts';
import type { Preset } from './preset.ts';
import { refusedBy } from './refuse.ts';
import type { Settings } from './settings.ts';
import { patience, type Facts, type Question } from './states.ts';

/** RFC 8176 §2. */
const registered = new Set(
  'face fpt geo hwk iris kba mca mfa otp pin pop pwd rba retina sc sms swk tel user vbm wia'.split(' '),
);
const longestSubject = 255;
const partsOfEncrypted = 5;

export interface Answer {
  /** The person there, under each link key; the first is the present one. */
  readonly links: readonly [Link, ...Link[]];
  readonly facts: Facts;
}

export async function judgeAnswer(tools: Tools<Settings>, asked: Question, input: Input): Promise<Outcome<Answer>> {
  const { settings } = tools;
  const upstream = settings.upstreams.find(({ id }) => id === asked.upstream);
  if (!upstream) return refusedBy(tools, asked.upstream, notConfigured);
  try {
    if (tools.now < asked.at || tools.now >= asked.at + patience)
      throw new AnswerFault('time', 'the question is over', 'site_answer_wrong');
    const opened = await openUpstream(tools, upstream);
    const claims = await exchange(tools, opened, asked, input);
    const facts = factsOf(claims, opened.preset);
    const text = `mobile-eid-link/1|${issuerOf(upstream, settings)}|${subjectOf(claims)}`;
    return accepted({ links: keyedLinks(text, settings), facts });
  } catch (error) {
    return refusedBy(tools, upstream.id, faultOf(error));
  }
}

const notConfigured = { row: 'metadata', why: 'is not configured any more', reason: 'site_unavailable' } as const;

/** Rows `cancelled` to `time`. */
async function exchange(
  { wayBack }: Tools<Settings>,
  { config, preset, upstream, keepKeys, rawToken }: OpenUpstream,
  asked: Question,
  input: Input,
): Promise<IDToken> {
  const address = new URL(wayBack.returnTo(upstream.id));
  for (const name of ['code', 'state', 'iss', 'error', 'error_description', 'response'])
    if (input[name] !== undefined) address.searchParams.set(name, input[name]);
  const tokens = await authorizationCodeGrant(config, address, {
    expectedState: wayBack.state,
    expectedNonce: asked.nonce,
    pkceCodeVerifier: asked.verifier,
    idTokenExpected: true,
    ...(preset.maxAgeSeconds === undefined ? {} : { maxAge: preset.maxAgeSeconds }),
  });
  keepKeys();
  if (preset.encryption && rawToken()?.split('.').length !== partsOfEncrypted)
    throw new AnswerFault('encryption', 'the ID token is not encrypted');
  const claims = tokens.claims();
  if (claims === undefined) throw new AnswerFault('form', 'there is no ID token');
  return claims;
}

const weak = (why: string) => new AnswerFault('acr', why, 'site_answer_weak');

/** Row `acr`: the library does not compare what was asked. */
function factsOf(claims: IDToken, { acr: { levels, absent }, amr: trusted }: Preset): Facts {
  const { acr, amr } = claims;
  if (acr === undefined && absent === 'refuse') throw weak('the ID token has no acr');
  const known = typeof acr === 'string' && Object.hasOwn(levels, acr) ? levels[acr] : undefined;
  const level = acr === undefined ? absent : known;
  if (level === undefined || level === 'refuse') throw weak('this acr is not one of the preset');
  const said: readonly unknown[] = Array.isArray(amr) ? amr : [];
  return { level, amr: trusted.filter((value) => said.includes(value) && registered.has(value)) };
}

/** Row `subject`: OpenID Connect Core 1.0 §2, at most 255 ASCII characters. */
function subjectOf({ sub }: IDToken): string {
  if (sub.length > longestSubject || !/^[\x20-\x7E]+$/.test(sub))
    throw new AnswerFault('subject', 'the subject is no subject');
  return sub;
}
