/**
 * Who of those that ask may try next where all have one try together: by lot, with equal chances for each network, so that neither the quickest nor whoever asks
 * most often has an advantage. Kept in memory, by node: what is compared is counted in the store, whoever draws.
 */
export interface Lottery {
  /** Whether `source` is drawn in this round of `name`, among all who have asked lately. Asking takes part. */
  draws(name: string, source: string, round: number, now: number): boolean;
}

/** How long (ms) who has asked takes part: people who are told to wait for half a minute come back later than a program does. */
const takesPart = 120_000;
/** Of one name; the one that asked longest ago makes way. */
const contendersKept = 64;
const namesKept = 2_000;

interface Asking {
  /** When each asked last (ms), in that order. */
  readonly contenders: Map<string, number>;
  /** What each has drawn in the round. */
  readonly lots: Map<string, string>;
  round: number;
}

/** @param lot a text that nobody can tell before, the same for the same text; the least wins */
export function createLottery(lot: (text: string) => string): Lottery {
  const names = new Map<string, Asking>();
  const askingFor = (name: string, round: number): Asking => {
    const asking = names.get(name) ?? { contenders: new Map(), lots: new Map(), round };
    names.delete(name);
    names.set(name, asking);
    if (names.size > namesKept) names.delete(names.keys().next().value as string);
    if (asking.round !== round) asking.lots.clear();
    asking.round = round;
    return asking;
  };
  return {
    draws(name, source, round, now) {
      const { contenders, lots } = askingFor(name, round);
      // One lot for all of an IPv6 /48.
      const [network = source] = source.split('.');
      contenders.delete(network);
      contenders.set(network, now);
      for (const [other, at] of contenders)
        if (at <= now - takesPart || contenders.size > contendersKept) contenders.delete(other);
      let winner: string | undefined;
      let least: string | undefined;
      for (const other of contenders.keys()) {
        const drawn = lots.get(other) ?? lot(`${name} ${round} ${other}`);
        lots.set(other, drawn);
        if (least !== undefined && least < drawn) continue;
        [least, winner] = [drawn, other];
      }
      if (lots.size > 4 * contendersKept) lots.clear();
      return winner === network;
    },
  };
}
