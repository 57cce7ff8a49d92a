/** What a measured server process reports to its parent: its address, and on request its use of time and memory. */
export interface Used {
  /** ms */
  readonly cpu: number;
  /** bytes */
  readonly resident: number;
}

export function serve(
  ready: Readonly<Record<string, unknown>>,
  orders: Readonly<Record<string, (value: never) => unknown>> = {},
): void {
  process.on('message', (message: { readonly order: string; readonly value?: unknown; readonly number: number }) => {
    const { order, value, number } = message;
    const answer = async () => {
      if (order !== 'used') return orders[order]?.(value as never);
      const { user, system } = process.cpuUsage();
      return { cpu: (user + system) / 1000, resident: process.memoryUsage.rss() } satisfies Used;
    };
    void answer().then((result) => process.send?.({ number, result }));
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ ready });
}
