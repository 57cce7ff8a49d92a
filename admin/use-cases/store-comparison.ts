/** Reads one collection of two stores side by side, in order of id, and says whether they are equal. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../time/clock.ts';
import { allDocuments } from '../../adapters/storage/all-pages.ts';
import type { Collection, Stored } from '../../adapters/storage/port.ts';
import { canonicalJson } from '../../accounts/account-mac.ts';

export interface Compared {
  readonly name: string;
  /** Of the source. */
  readonly documents: number;
  /** SHA-256 (hex) over id, expiry and body of each document of the source, in order of id. */
  readonly digest: string;
  /** Missing, additional or different in the target. */
  readonly differing: number;
}

const pageSize = 500;
/**
 * A document that is in one store only, and that expires within this time (ms), was removed between the two readings.
 */
const sweptWithin = 60_000;

export async function compareStores({
  name,
  from,
  to,
  clock,
  correct,
}: {
  readonly name: string;
  readonly from: Collection<object>;
  readonly to: Collection<object>;
  readonly clock: Clock;
  /** Makes the target equal to the source. */
  readonly correct: boolean;
}): Promise<Compared> {
  const [left, right] = [documentsOf(from), documentsOf(to)];
  const hash = createHash('sha256');
  let [documents, differing] = [0, 0];
  const isSwept = ({ until }: Stored<object>) => until !== undefined && until <= clock.now() + sweptWithin;

  let [ours, theirs] = [await left(), await right()];
  while (ours || theirs) {
    const order = !theirs ? -1 : !ours ? 1 : byCodePoint(ours.id, theirs.id);
    if (order <= 0 && ours) {
      const line = lineOf(ours);
      const isSame = order === 0 && theirs !== undefined && lineOf(theirs) === line;
      if (isSame || !isSwept(ours)) {
        documents += 1;
        hash.update(line);
      }
      if (!isSame && !(order < 0 && isSwept(ours))) {
        differing += 1;
        if (correct) await write(to, ours, order === 0 ? theirs : undefined);
      }
    } else if (theirs && !isSwept(theirs)) {
      differing += 1;
      if (correct) await to.remove(theirs.id, theirs.version);
    }
    const [stepOurs, stepTheirs] = [order <= 0, order >= 0];
    if (stepOurs) ours = await left();
    if (stepTheirs) theirs = await right();
  }
  return { name, documents, digest: hash.digest('hex'), differing };
}

async function write(to: Collection<object>, { id, value, until }: Stored<object>, standing?: Stored<object>) {
  const keep = until === undefined ? undefined : { until };
  if (standing) await to.replace(id, value, standing.version, keep);
  else await to.insert(id, value, keep);
}

const lineOf = ({ id, until, value }: Stored<object>): string => `${canonicalJson([id, until ?? null, value])}\n`;

/** As the stores do: UTF-8 sorts as code points do, UTF-16 does not. */
function byCodePoint(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Returns the next one at each call. */
function documentsOf(collection: Collection<object>): () => Promise<Stored<object> | undefined> {
  const documents = allDocuments(collection, pageSize);
  return async () => {
    const { value, done } = await documents.next();
    return done === true ? undefined : value;
  };
}
