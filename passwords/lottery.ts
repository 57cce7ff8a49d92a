/**
 * Decides who may try next where several sources share one try: by lot, with equal chances for each network, so that
 * neither speed nor frequent requests help. Kept in the memory of each node; the store counts the comparisons of all
 * nodes.
 */
export interface Lottery {
  /** Whether `source` wins this round of `name`, among all that asked recently. The call itself takes part. */
  draws(name: string, source: string, round: number, now: number): boolean;
}

/**
 * How long (ms) a source takes part after asking: people who must wait for half a minute return later than a program
 * does.
 */
const takesPart = 120_000;
/** The most sources of one name; the one that asked longest ago is removed. */
const contendersKept = 64;
const namesKept = 2_000;

interface Asking {
  /** When each asked last (ms), in that order. */
  readonly contenders: Map<string, number>;
  /** The lot of each in this round. */
  readonly lots: Map<string, string>;
  round: number;
}

/** @param lot an unpredictable text, the same for the same input; the least wins */
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
      // One lot for a whole IPv6 /48.
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
