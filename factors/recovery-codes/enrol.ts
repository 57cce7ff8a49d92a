/** Makes and shows a new set of codes. The person types one to prove that they have them, which uses it up. */
import { accepted, refused } from '../contract.ts';
import type { Begun, Confirmed, Input, Outcome, Tools } from '../contract.ts';
import { codesInSet, drawCode, groupCode, readCode } from './code.ts';
import type { Settings } from './settings.ts';
import { transferred } from './states.ts';
import type { Facts, Pending, Secret } from './states.ts';

/** ms: enough to find a printer, or to copy ten codes by hand. */
const patience = 60 * 60_000;

export async function begin({ random, now, provider }: Tools<Settings>): Promise<Outcome<Begun<Pending>>> {
  const codes = Array.from({ length: codesInSet }, (_, index) => drawCode(random, index));
  const shown = codes.map(groupCode);
  // The name of the service and the day distinguish sets. The person's name is left out.
  const day = new Date(now).toISOString().slice(0, 10);
  const text = [`${provider.name} – ${day}`, '', ...shown, ''].join('\r\n');
  return accepted({
    pending: { version: 1, set: Buffer.from(random.bytes(16)).toString('base64url'), codes },
    shows: { codes: shown, file: `data:text/plain;charset=utf-8,${encodeURIComponent(text)}` },
    expiresAt: now + patience,
  });
}

export async function confirm(
  { hash }: Tools<Settings>,
  { set, codes }: Pending,
  input: Input,
): Promise<Outcome<Confirmed<Secret, Facts>>> {
  const typed = readCode(input);
  if (!typed.ok) return typed;
  const { code, index } = typed.value;
  if (codes[index] !== code) return refused('code_wrong');
  const hashes = await Promise.all(codes.map((each) => hash.hash(each)));
  return accepted({ secret: { version: 1, set, hashes, used: [index] }, facts: {} });
}

export async function load(_tools: Tools<Settings>, data: unknown): Promise<Outcome<Secret>> {
  const known = transferred.safeParse(data);
  return known.success ? accepted({ version: 1, ...known.data }) : refused('key_state_unreadable');
}

export const dump = ({ set, hashes, used }: Secret) => ({ set, hashes, used });
