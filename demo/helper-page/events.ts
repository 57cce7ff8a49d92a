/**
 * Notifies open helper pages of a change (server-sent events, HTML Living Standard §9.2); the pages then load the new
 * state.
 */
import { PassThrough } from 'node:stream';
import type { Context } from 'koa';

export interface Events {
  readonly connect: (ctx: Context) => void;
  readonly changed: () => void;
  readonly close: () => void;
}

const atMost = 50;

export function createEvents(): Events {
  const open = new Set<PassThrough>();
  return {
    connect(ctx) {
      if (open.size >= atMost) {
        ctx.status = 503;
        return;
      }
      const stream = new PassThrough();
      open.add(stream);
      stream.on('close', () => open.delete(stream));
      ctx.req.on('close', () => stream.destroy());
      ctx.req.socket.setNoDelay(true);
      ctx.set('Content-Type', 'text/event-stream; charset=utf-8');
      ctx.status = 200;
      ctx.body = stream;
      stream.write('retry: 2000\n\n');
    },
    changed() {
      for (const stream of open) stream.write('data: changed\n\n');
    },
    close() {
      for (const stream of open) stream.end();
    },
  };
}
