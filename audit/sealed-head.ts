/**
 * The sealed head: the end of the chain and the beginning of its kept part, sealed in a document beside the log, and
 * copied to this process's own folder. An attacker who can write the store, but has no root key, can neither cut the
 * log nor move the head back unnoticed. `audit-log.ts` writes it some seconds after an append, so that an append stays
 * one write; a log longer than its head is in order.
 */
import { z } from 'zod';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Collection, CollectionSpec, Storage, Version } from '../adapters/storage/port.ts';
import { noHead, type Head } from './hash-chain.ts';

const headShape = z.strictObject({ segment: z.int().min(0), seq: z.int().min(0), hash: z.string() });
const content = z.strictObject({ last: headShape, before: headShape, accepted: z.int().min(0).default(0) });

export interface KnownHead {
  /** The last line that was certainly in the log. */
  readonly last: Head;
  /** The last line that was dropped by age; `noHead`: none was. */
  readonly before: Head;
  /**
   * How often an administrator accepted a log shorter than its head: a head from before the last time no longer counts.
   */
  readonly accepted: number;
}

/** A second place for the head, outside the store. */
export interface HeadWitness {
  read(): Promise<string | undefined>;
  /** Atomic. */
  write(sealed: string): Promise<void>;
}

export interface SealedHeadStore {
  /** `unreadable`: altered, or sealed under a root key that is not configured. */
  read(): Promise<KnownHead | 'unreadable' | undefined>;
  /** What the witness saw last, if there is one. */
  witnessed(): Promise<KnownHead | undefined>;
  /** Creates the head of an empty log; no effect if it exists. */
  begin(): Promise<void>;
  /**
   * Writes the head. Never moves it back, nor away from a line that is no longer in the log, because that would hide a
   * cut; a missing or unreadable head stays so. `verify` reports all of this. @returns whether the head is as requested
   */
  raise(to: Partial<Pick<KnownHead, 'last' | 'before'>>): Promise<boolean>;
  /**
   * Seals the present end of the log, also backwards: an administrator accepts it. @returns whether there was a
   * readable head
   */
  accept(last: Head): Promise<boolean>;
  /**
   * Seals it again under the current root key, if it is sealed under another one. `left`: no key opens it, or it was
   * being written.
   */
  reseal(): Promise<{ readonly changed: number; readonly left: number }>;
}

export const auditHeads: CollectionSpec<{ readonly sealed: string }> = { name: 'audit-heads' };

const id = 'head';
/** The context that the sealed text is bound to. */
const place = 'audit head';
const higher = (a: Head, b: Head): Head => (b.seq > a.seq ? b : a);

interface Parts {
  readonly secretBox: Pick<SecretBox, 'seal' | 'open' | 'isCurrent'>;
  readonly witness?: HeadWitness | undefined;
  /** Whether the log has exactly this line. */
  readonly isInLog: (line: Head) => Promise<boolean>;
}

interface Context extends Parts {
  readonly heads: Collection<{ readonly sealed: string }>;
}

export function createSealedHeadStore({ storage, ...parts }: Parts & { readonly storage: Storage }): SealedHeadStore {
  const heads = storage.collection(auditHeads);
  const context: Context = { ...parts, heads };
  return {
    witnessed: () => witnessed(context),
    async read() {
      const stored = await heads.get(id);
      return stored && (open(context, stored.value.sealed) ?? 'unreadable');
    },
    async begin() {
      await heads.insert(id, { sealed: seal(context, { last: noHead, before: noHead, accepted: 0 }) });
    },
    raise: (to) => raise(context, to),
    accept: (last) => accept(context, last),
    reseal: () => reseal(context),
  };
}

const seal = ({ secretBox }: Context, head: KnownHead): string => secretBox.seal(head, place);

const open = ({ secretBox }: Context, sealed: string): KnownHead | undefined =>
  content.safeParse(secretBox.open(sealed, place)).data;

async function witnessed(context: Context): Promise<KnownHead | undefined> {
  const seen = await context.witness?.read();
  return seen === undefined ? undefined : open(context, seen);
}

const replace = async (context: Context, next: KnownHead, version: Version): Promise<boolean> =>
  (await context.heads.replace(id, { sealed: seal(context, next) }, version)) !== undefined;

async function raise(context: Context, to: Parameters<SealedHeadStore['raise']>[0]): Promise<boolean> {
  const { heads, witness, isInLog } = context;
  for (;;) {
    const stored = await heads.get(id);
    const known = stored && open(context, stored.value.sealed);
    if (!known || !(await isInLog(known.last))) return false;
    const last = higher(known.last, to.last ?? noHead);
    const next = { ...known, last, before: higher(known.before, to.before ?? noHead) };
    const seen = await witnessed(context);
    if (!(await isStanding(context, seen, known))) return false;
    if (next.last !== known.last || next.before !== known.before)
      if (!(await replace(context, next, stored.version))) continue;
    if (!seen || seen.accepted < next.accepted || seen.last.seq < next.last.seq)
      await witness?.write(seal(context, next));
    return true;
  }
}

async function accept(context: Context, last: Head): Promise<boolean> {
  for (;;) {
    const stored = await context.heads.get(id);
    const known = stored && open(context, stored.value.sealed);
    if (!known) return false;
    const accepted = Math.max(known.accepted, (await witnessed(context))?.accepted ?? 0) + 1;
    const next = { last, before: known.before, accepted };
    if (!(await replace(context, next, stored.version))) continue;
    await context.witness?.write(seal(context, next));
    return true;
  }
}

async function reseal(context: Context): ReturnType<SealedHeadStore['reseal']> {
  const stored = await context.heads.get(id);
  if (!stored || context.secretBox.isCurrent(stored.value.sealed)) return { changed: 0, left: 0 };
  const known = open(context, stored.value.sealed);
  return known && (await replace(context, known, stored.version)) ? { changed: 1, left: 0 } : { changed: 0, left: 1 };
}

/** What the witness saw is in the log, was dropped by age, or was given up by an administrator. */
async function isStanding({ isInLog }: Context, seen: KnownHead | undefined, known: KnownHead): Promise<boolean> {
  if (!seen || seen.accepted < known.accepted) return true;
  if (seen.accepted > known.accepted) return false;
  return seen.last.seq <= known.before.seq || isInLog(seen.last);
}
