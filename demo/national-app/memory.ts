/** What the played provider remembers: in this process, until it ends. */
import type { Adapter, AdapterPayload } from 'oidc-provider';

/** @param clients what it knows from the start, by id. @param now ms. One store for each kind of thing that it keeps. */
export function memoryAdapters(
  clients: Readonly<Record<string, AdapterPayload>>,
  now: () => number,
): (name: string) => Adapter {
  const everything = new Map<string, AdapterPayload>(
    Object.entries(clients).map(([id, metadata]) => [`Client ${id}`, metadata]),
  );
  return (name) => {
    const keyOf = (id: string) => `${name} ${id}`;
    const find = async (id: string) => {
      const found = everything.get(keyOf(id));
      return found?.exp !== undefined && found.exp * 1_000 <= now() ? undefined : found;
    };
    const byMember = async (member: 'uid' | 'userCode', value: string) =>
      [...everything].find(([key, kept]) => key.startsWith(`${name} `) && kept[member] === value)?.[1];
    return {
      async upsert(id, payload, seconds = 0) {
        everything.set(keyOf(id), { ...payload, exp: payload.exp ?? Math.floor(now() / 1_000) + seconds });
      },
      find,
      findByUid: (uid) => byMember('uid', uid),
      findByUserCode: (code) => byMember('userCode', code),
      async consume(id) {
        const found = everything.get(keyOf(id));
        if (found) found.consumed = Math.floor(now() / 1_000);
      },
      async destroy(id) {
        everything.delete(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        for (const [key, kept] of everything) if (kept.grantId === grantId) everything.delete(key);
      },
    };
  };
}
